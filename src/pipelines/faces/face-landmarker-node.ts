// Face landmarkers with their files from disk: the models of this package, or a folder with InsightFace's.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTfjsGraphModel, type TfjsModelFiles } from '../../checkpoint/tfjs-graph-model.ts';
import { fileIdentity } from '../../hub/files-node.ts';
import { FaceDetector } from '../../models/face-detector.ts';
import { FaceMesh } from '../../models/face-mesh.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { fileError } from '../../util/file-errors.ts';
import { option, wording, type Wording } from '../../util/wording.ts';
import { createInsightFaceLandmarker, createMeshLandmarker, type FaceLandmarker } from './face-landmarker.ts';

/** Options of {@link openFaceLandmarker}. */
export interface OpenFaceLandmarkerOptions {
  runtime: Runtime;
  /** Folder with InsightFace's `det_10g.onnx` and `2d106det.onnx`. Default: the models of this package. */
  insightface?: string;
  /** Accepts the faces that the reference accepts, and looks for the largest in every frame. Default false. */
  reference?: boolean;
  signal?: AbortSignal;
}

/** The package's folder of face models, the same from the sources and from the build. */
const modelFolder = fileURLToPath(new URL('../../../models/faces/', import.meta.url));

const REINSTALL = 'Install the package again: this file is part of it.';

async function readModel(name: string): Promise<TfjsModelFiles> {
  const [json, weights] = await Promise.all([
    readModelFile(join(modelFolder, `${name}.json`), REINSTALL),
    readModelFile(join(modelFolder, `${name}.bin`), REINSTALL),
  ]);
  return { name: join(modelFolder, `${name}.json`), json, weights };
}

async function readModelFile(path: string, remedy: string | Wording): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError(error, path, { what: 'The face model', remedy });
  }
}

const insightFaceFiles = { detector: 'det_10g.onnx', landmarks: '2d106det.onnx' } as const;
const insightFaceRemedy = wording`Put det_10g.onnx and 2d106det.onnx from InsightFace's buffalo_l archive into that folder, or leave out ${option('insightface')}.`;

/** Returns what tells landmarkers apart whose results may differ: those of this package, or InsightFace's files by content. */
export async function landmarkerIdentity(insightface?: string): Promise<string> {
  if (insightface === undefined) return 'mesh';
  const files = Object.values(insightFaceFiles).map((name) => fileIdentity(join(insightface, name)));
  return (await Promise.all(files)).join(' ');
}

/**
 * Checks that a folder holds InsightFace's files, without reading them.
 *
 * @throws LatentSyncError `file-not-found` naming what is missing.
 */
export async function checkInsightFaceFolder(folder: string): Promise<void> {
  const isFile = (path: string): Promise<boolean> =>
    stat(path).then(
      (stats) => stats.isFile(),
      () => false,
    );
  const names = Object.values(insightFaceFiles);
  const present = await Promise.all(names.map((name) => isFile(join(folder, name))));
  const missing = names.filter((_, index) => !present[index]);
  if (missing.length === 0) return;
  const isFolder = await stat(folder)
    .then((stats) => stats.isDirectory())
    .catch(() => false);
  const fault = isFolder ? `does not contain ${missing.join(' and ')}` : 'is not a folder';
  throw new LatentSyncError('file-not-found', wording`${folder}, the folder for InsightFace's face models, ${fault}.`, {
    remedy: insightFaceRemedy,
  });
}

/**
 * Returns the mesh network that comes with this package, for faces whose position is known.
 *
 * @throws LatentSyncError `file-not-found` or `checkpoint-corrupt`.
 */
export async function openFaceMesh(runtime: Runtime): Promise<FaceMesh> {
  return FaceMesh.create(runtime, parseTfjsGraphModel(await readModel('facemesh')));
}

/**
 * Returns the detector that comes with this package, for faces whose landmarks are not needed.
 *
 * @throws LatentSyncError `file-not-found` or `checkpoint-corrupt`.
 */
export async function openFaceDetector(runtime: Runtime): Promise<FaceDetector> {
  return FaceDetector.create(runtime, parseTfjsGraphModel(await readModel('blazeface')));
}

/**
 * Returns a landmarker on the models that come with this package, or on InsightFace's.
 *
 * @throws LatentSyncError `file-not-found` or `checkpoint-corrupt`.
 * @example
 * await using runtime = createRuntime();
 * await using landmarker = await openFaceLandmarker({ runtime });
 */
export async function openFaceLandmarker(options: OpenFaceLandmarkerOptions): Promise<FaceLandmarker> {
  const { runtime, insightface, reference = false, signal } = options;
  throwIfAborted(signal);
  const embedding = (): Promise<TfjsModelFiles> => readModel('faceres');
  if (insightface === undefined) {
    const files = { detector: await readModel('blazeface'), mesh: await readModel('facemesh'), embedding };
    throwIfAborted(signal);
    return createMeshLandmarker(runtime, files, { reference });
  }
  await checkInsightFaceFolder(insightface);
  const files = {
    detector: await readModelFile(join(insightface, insightFaceFiles.detector), insightFaceRemedy),
    landmarks: await readModelFile(join(insightface, insightFaceFiles.landmarks), insightFaceRemedy),
    embedding,
  };
  throwIfAborted(signal);
  try {
    return await createInsightFaceLandmarker(runtime, files, { reference });
  } catch (error) {
    if (!(error instanceof LatentSyncError) || error.code !== 'runtime-failed') throw error;
    throw new LatentSyncError(
      'checkpoint-corrupt',
      wording`InsightFace's face models in ${insightface} cannot be loaded: ${error.message}`,
      { remedy: 'Copy or download det_10g.onnx and 2d106det.onnx again.', cause: error },
    );
  }
}
