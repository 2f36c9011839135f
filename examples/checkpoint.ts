// Reading a checkpoint: what is in a safetensors or PyTorch file, without executing anything in it, and some of its numbers.
//   npx tsx examples/checkpoint.ts latentsync_unet.pt
import { describeCheckpoint, openCheckpointFile, toFloat32 } from 'latentsync/checkpoint';

const [path = 'models/tiny/unet.safetensors'] = process.argv.slice(2);

await using checkpoint = await openCheckpointFile(path); // reads the header only
const { format, tensors, totalParameters, totalBytes, architecture } = describeCheckpoint(checkpoint);
console.log(`${format}, ${tensors.length} tensors, ${totalParameters} parameters, ${(totalBytes / 1e6).toFixed(1)} MB`);
console.log(`architecture: ${architecture?.architecture ?? 'unknown'}`);

// The five largest, and how their numbers spread.
const largest = [...tensors].sort((a, b) => b.bytes - a.bytes).slice(0, 5);
for (const { key, dtype, shape } of largest) {
  const { data } = toFloat32(await checkpoint.read(key));
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  console.log(`${key} ${dtype} [${shape.join(', ')}]: ${mean.toFixed(4)} ± ${Math.sqrt(variance).toFixed(4)}`);
}
