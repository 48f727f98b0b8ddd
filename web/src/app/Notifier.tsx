import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useNavigate } from 'react-router'
import { isOpen, type LectorFile } from '../api/client'
import { fileQuery } from '../api/queries'
import { useText } from '../text'
import { useLive } from './Live'
import { show, useNotified } from './notifications'

const ENDED = /^lector\.file\.(completed|failed)$/
/** Files that end together are told of together. */
const WAIT_MS = 1500

/** Tells of files that have ended, while nobody looks at the page. */
export function Notifier() {
  const isOn = useNotified()
  const ended = useEnded()
  const client = useQueryClient()
  const navigate = useNavigate()
  const t = useText()
  const waiting = useRef(new Set<string>())
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    if (!isOn || !document.hidden || !ended.length) return
    for (const id of ended) waiting.current.add(id)
    const tell = async () => {
      const ids = [...waiting.current]
      waiting.current.clear()
      const files = document.hidden ? await endedFiles(client, ids) : []
      // who has come back meanwhile sees it
      if (!files.length || !document.hidden) return
      const { title, body } = noticeOf(files, t.notices)
      show(title, body, () => void navigate(files.length > 1 ? '/' : `/files/${files[0]!.id}`))
    }
    clearTimeout(timer.current)
    timer.current = setTimeout(() => void tell(), WAIT_MS)
  }, [ended, isOn, client, navigate, t])
  useEffect(() => () => clearTimeout(timer.current), [])
  return null
}

/** Files as the stream has told of them. Those that it has not are asked for, one after the other:
 * many may have ended together, and so many requests are taken in a minute. */
export async function endedFiles(client: QueryClient, ids: string[]): Promise<LectorFile[]> {
  const files: LectorFile[] = []
  for (const id of ids) {
    const query = fileQuery(id)
    const told = client.getQueryData<LectorFile>(query.queryKey)
    const asked = () => client.fetchQuery({ ...query, staleTime: 0 }).catch(() => null)
    const file = told && !isOpen(told) ? told : await asked()
    if (file) files.push(file)
  }
  return files
}

/** The ids of the files that have ended by the events that came last. */
function useEnded(): string[] {
  const { events } = useLive()
  const last = useRef<string | undefined>(undefined)
  const known = useRef<string[]>([])
  const newest = events.at(-1)?.id
  if (newest !== last.current) {
    const from = events.findLastIndex(({ id }) => id === last.current)
    known.current = events
      .slice(from + 1)
      .flatMap((one) => (ENDED.test(one.type) ? one.subject : []))
    last.current = newest
  }
  return known.current
}

interface Words {
  read: (name: string) => string
  failed: (name: string) => string
  ended: (count: number) => string
  pages: (read: number, failed: number, doubted: number) => string
}

/** What is said of files that have ended. */
export function noticeOf(files: LectorFile[], words: Words): { title: string; body: string } {
  const sum = (name: 'read' | 'failed' | 'doubted') =>
    files.reduce((all, { progress }) => all + progress[name], 0)
  const body = words.pages(sum('read'), sum('failed'), sum('doubted'))
  const [file] = files
  if (files.length > 1) return { title: words.ended(files.length), body }
  const title = file!.status === 'failed' ? words.failed(file!.name) : words.read(file!.name)
  return { title, body }
}
