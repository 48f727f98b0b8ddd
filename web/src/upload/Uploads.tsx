import {
  createContext,
  useContext,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import type { Me } from '../api/client'
import { bytes } from '../shared/format'
import { useKept } from '../shared/kept'
import { useSpoken } from '../text'
import { lookAll } from './look'
import { UploadQueue, type Awaited } from './queue'
import { send, type Reading } from './send'
import { sendTogether } from './together'
import type { Found } from './walk'
import { wrongFields } from './wishes'

interface Uploads {
  queue: UploadQueue
  reading: Reading
  setReading: (reading: Reading) => void
  /** The names of what was left out of what was added last. */
  skipped: string[]
  take: (found: Found) => void
  /** Whether it is shown first what each takes, and nothing sent before somebody says so. */
  asks: boolean
  setAsks: (asks: boolean) => void
}

const Context = createContext<Uploads | null>(null)

export function useUploads(): Uploads {
  const uploads = useContext(Context)
  if (!uploads) throw new Error('useUploads outside of UploadProvider')
  return uploads
}

export function useQueue() {
  const { queue } = useUploads()
  return useSyncExternalStore(queue.subscribe, queue.snapshot)
}

/** So many files are added together, while those before them are on their way. */
const ADDED_AT_ONCE = 50

/** A file that may need a password waits for it. All wait where somebody wants to be asked, or where
 * how they are to be read holds something wrong. */
async function looked(files: File[], asks: boolean, wrong: boolean): Promise<Awaited[]> {
  const seen = await lookAll(files, asks)
  return seen.map(({ pages, locked }) => ({ pages, locked, held: asks || wrong || locked }))
}

/** Uploads go on whichever part of the page is looked at. */
export function UploadProvider({
  limits,
  children,
}: {
  limits: Me['limits']
  children: ReactNode
}) {
  const { t, language } = useSpoken()
  const [queue] = useState(() => new UploadQueue(send, sendTogether))
  const [reading, setReading] = useState<Reading>({})
  const [skipped, setSkipped] = useState<string[]>([])
  const [asks, setAsks] = useKept<boolean>('asks-before-uploads', false)
  const uploads = useMemo(() => {
    const refusal = (file: File) =>
      file.size > limits.max_file_bytes
        ? t.upload.tooLarge(bytes(limits.max_file_bytes, language))
        : null
    const take = async ({ documents, skipped }: Found) => {
      setSkipped(skipped)
      for (let at = 0; at < documents.length; at += ADDED_AT_ONCE) {
        const some = documents.slice(at, at + ADDED_AT_ONCE)
        const seen = await looked(some, asks, wrongFields(reading).length > 0)
        queue.add(some, reading, refusal, seen)
      }
    }
    const offered = { reading, setReading, skipped, asks, setAsks }
    return { queue, ...offered, take: (found: Found) => void take(found) }
  }, [queue, reading, skipped, asks, setAsks, limits, t, language])
  return <Context value={uploads}>{children}</Context>
}
