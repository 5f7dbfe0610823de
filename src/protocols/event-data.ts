/** The JSON texts of a stream's events, from lines that begin with `data:`. */
export function dataLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'));
  return lines.map((line) => line.slice('data:'.length).trim());
}
