import type { LectorFile } from '../api/client'
import { between } from '../shared/format'

/** Fewer pages tell nothing about the others. */
const ENOUGH = 3

/**
 * How long a file will still be read, in seconds, as fast as it was until now; null if that cannot
 * be told: it waits, too little is read, or it was begun again and some of its pages are from before.
 */
export function secondsLeft(file: LectorFile, now: number): number | null {
  const { total, read, failed } = file.progress
  const done = read + failed
  const took = between(file.opened_at, file.finished_at, now)
  if (file.status !== 'reading' || file.waiting || file.generation !== 1) return null
  if (took === null || done < ENOUGH || done >= total) return null
  return Math.ceil((took / done) * (total - done))
}
