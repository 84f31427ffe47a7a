/**
 * The lines of a stream of bytes, each with its line break, as views of the stream's own memory: nothing is decoded or copied but
 * lines that lie in two chunks.
 */
export async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let begun: Buffer[] = [];
  for await (const chunk of chunks) {
    const found: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      const line = chunk.subarray(start, end + 1);
      found.push(begun.length > 0 ? Buffer.concat([...begun, line]) : line);
      begun = [];
      start = end + 1;
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
    if (found.length > 0) yield found;
  }
  if (begun.length > 0) yield [Buffer.concat(begun)];
}
