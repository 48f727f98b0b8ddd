/** A part of what is shown, and the part of the source that it is from; offsets in UTF-16 units. */
export interface Run {
  text: string
  start: number
  end: number
}

const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/iy

/**
 * Which part of the source each part of a shown text is from, where one is the other without its
 * escapes, entities and the marks at the beginnings of lines. In order, and nothing is left out.
 */
export function aligned(shown: string, source: string, offset: number): Run[] {
  const runs: Run[] = []
  let [at, from] = [0, 0]
  const add = (text: string, length: number) => {
    const last = runs.at(-1)
    const start = offset + from
    // What is as long as its source can be cut anywhere.
    const joins = last && last.end === start && isPlain(last) && text.length === length
    if (joins) Object.assign(last, { text: last.text + text, end: start + length })
    else runs.push({ text, start, end: start + length })
    at += text.length
    from += length
  }
  while (at < shown.length) {
    const entity = entityAt(source, from)
    if (from >= source.length) add(shown.slice(at), 0)
    else if (entity && !shown.startsWith(entity, at))
      add(String.fromCodePoint(shown.codePointAt(at)!), entity.length)
    else if (source[from] === '\\' && source[from + 1] === shown[at]) (from++, add(shown[at]!, 1))
    else if (source[from] === shown[at]) add(shown[at]!, 1)
    else from++
  }
  return runs
}

/** Whether each unit of a run is from one unit of its source. */
export const isPlain = ({ text, start, end }: Run) => text.length === end - start

function entityAt(source: string, from: number): string | null {
  ENTITY.lastIndex = from
  return ENTITY.exec(source)?.[0] ?? null
}
