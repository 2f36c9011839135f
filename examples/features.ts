// Features only: a speech file → the features that the networks receive, in a safetensors file.
//   npx tsx examples/features.ts speech.wav features.safetensors
import { extractFeatures } from 'latentsync';
import { openCheckpointFile, toFloat32 } from 'latentsync/checkpoint';

const [audio = 'samples/speech.wav', output = 'features.safetensors'] = process.argv.slice(2);

// 50 rows per second; and, since a frame rate is given, the rows that each frame of such a video hears.
const { tensors } = await extractFeatures({ audio, output, model: 'tiny', fps: 25 });
for (const [key, shape] of Object.entries(tensors)) console.log(`${key}: [${shape.join(', ')}]`);

// Any program that reads safetensors can go on from here. This one prints how much the features change from row to row.
await using file = await openCheckpointFile(output);
const { data, shape } = toFloat32(await file.read('features'));
const width = shape[1] * shape[2];
for (let row = 1; row < shape[0]; row++) {
  let change = 0;
  for (let i = row * width; i < (row + 1) * width; i++) change += Math.abs(data[i] - data[i - width]) / width;
  console.log(`${(row / 50).toFixed(2)} s  ${'█'.repeat(Math.round(change * 20))}`);
}
