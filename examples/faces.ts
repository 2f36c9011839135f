// Faces only: a video → where the face is in each frame, and how far its mouth is open.
//   npx tsx examples/faces.ts talk.mp4
import { createRuntime, openFaceLandmarker } from 'latentsync';
import { mouthOpening } from 'latentsync/evaluation';
import { openVideo } from 'latentsync/media';
import type { FaceLandmarks } from 'latentsync/pipelines';
import { createImage8 } from 'latentsync/vision';

const [path = 'samples/presenter.mp4'] = process.argv.slice(2);

await using video = await openVideo(path);
await using runtime = createRuntime();
await using landmarker = await openFaceLandmarker({ runtime });

let face: FaceLandmarks | undefined;
for await (const { timestampSeconds, width, height, data } of video.frames()) {
  // The search begins where the face was in the frame before.
  face = await landmarker.detect(createImage8(width, height, 4, data), { previous: face });
  const time = `${timestampSeconds.toFixed(2)} s`;
  if (!face) console.log(`${time}  no face`);
  else {
    const { x, y } = face.box;
    const opening = mouthOpening(face.landmarks); // in distances between the eyes
    console.log(`${time}  face at ${x.toFixed(0)}, ${y.toFixed(0)}  mouth ${'█'.repeat(Math.round(opening * 60))}`);
  }
}
