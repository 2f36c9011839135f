// Kind "pipeline_files": the whole pipeline with a model that is read from files laid out as the official ones are.
import { openLipsyncModel } from '../../pipelines/lipsync-model-node.ts';
import type { Kind } from '../kind.ts';
import { compareLoop } from './pipeline-loop.ts';

/** The tensors of `pipeline_loop`; the field `model_dir` names the folder of the model. */
export const pipelineFiles: Kind = async function* (golden, context) {
  await using model = await openLipsyncModel(await context.locate(golden.text('model_dir')));
  const [, , resolution] = (await golden.tensor('faces')).shape;
  yield* compareLoop(golden, context, 'files', model.withDefaults({ resolution }));
};
