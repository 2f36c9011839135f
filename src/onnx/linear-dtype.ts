// How linear layers compute: the choices, apart from what carries them out.

/**
 * How linear layers compute. `int8`: in 8-bit integers, with weights quantized when the model is loaded and activations at
 * every run; for the CPU.
 */
export type LinearDType = 'float32' | 'int8';

/** The choices for {@link LinearDType}. */
export const linearDTypes: readonly LinearDType[] = ['float32', 'int8'];
