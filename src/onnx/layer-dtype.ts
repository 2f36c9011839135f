// How the large layers of a network compute: the choices, apart from what carries them out.

/**
 * How linear layers and convolutions over images compute. `int8`: in 8-bit integers, except for the layers that the whole signal
 * passes through; weights are quantized once, activations at every run. For the CPU.
 */
export type LayerDType = 'float32' | 'int8';

/** The choices for {@link LayerDType}. */
export const layerDTypes: readonly LayerDType[] = ['float32', 'int8'];
