import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useNavigate } from 'react-router'
import type { LectorFile } from '../api/client'
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
      const asked = ids.map((id) => client.fetchQuery({ ...fileQuery(id), staleTime: 0 }))
      const files = (await Promise.allSettled(asked)).flatMap((one) =>
        one.status === 'fulfilled' ? one.value : [],
      )
      if (!files.length) return
      const { title, body } = noticeOf(files, t.notices)
      show(title, body, () => void navigate(files.length > 1 ? '/' : `/files/${files[0]!.id}`))
    }
    clearTimeout(timer.current)
    timer.current = setTimeout(() => void tell(), WAIT_MS)
  }, [ended, isOn, client, navigate, t])
  return null
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
