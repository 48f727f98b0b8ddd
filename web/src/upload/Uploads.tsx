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
import { useSpoken } from '../text'
import { UploadQueue } from './queue'
import { send, type Reading } from './send'
import { sendTogether } from './together'
import type { Found } from './walk'

interface Uploads {
  queue: UploadQueue
  reading: Reading
  setReading: (reading: Reading) => void
  /** The names of what was left out of what was added last. */
  skipped: string[]
  take: (found: Found) => void
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
  const uploads = useMemo(() => {
    const refusal = (file: File) =>
      file.size > limits.max_file_bytes
        ? t.upload.tooLarge(bytes(limits.max_file_bytes, language))
        : null
    const take = (found: Found) => {
      setSkipped(found.skipped)
      queue.add(found.documents, reading, refusal)
    }
    return { queue, reading, setReading, skipped, take }
  }, [queue, reading, skipped, limits, t, language])
  return <Context value={uploads}>{children}</Context>
}
