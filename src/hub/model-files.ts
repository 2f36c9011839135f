// What a resolved model is: where its files are, or that it comes with the package.

/** A configuration file's text, and where it comes from for messages: a path, or the release whose defaults it holds. */
export interface ConfigurationText {
  readonly source: string;
  /** YAML, or JSON (which is YAML). */
  readonly text: string;
}

/** The files of a model on this machine. */
export interface ModelFiles {
  readonly kind: 'files';
  /** A known name, or the folder as the user gave it. */
  readonly name: string;
  readonly directory: string;
  /** The fields `data`, `run` and `model` of the official configurations. */
  readonly config: ConfigurationText;
  /** The noise schedule. */
  readonly schedulerConfig: ConfigurationText;
  /** `latentsync_unet.pt` */
  readonly unet: string;
  /** `whisper/tiny.pt`, or `whisper/small.pt` where the UNet attends to 768 channels. */
  readonly whisper: string;
  /** Weights of the autoencoder. */
  readonly vae: string;
  /** Configuration of the autoencoder, JSON. */
  readonly vaeConfig: string;
}

/** A folder laid out as that of the embedded model is. */
export interface TrainedModelFolder {
  readonly kind: 'trained';
  /** The folder as the user gave it. */
  readonly name: string;
  readonly directory: string;
}

/** What a name or folder stands for: files, or a model whose weights come with the package. */
export type ResolvedModel = ModelFiles | TrainedModelFolder | { readonly kind: 'embedded'; readonly name: string };
