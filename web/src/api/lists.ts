import type { InfiniteData } from '@tanstack/react-query'
import type { FileStatus, LectorFile } from './client'

export type Sort = 'newest' | 'oldest' | 'name' | 'largest'

/** Which files are meant. */
export interface Narrowed {
  status: FileStatus[]
  /** Only files with pages to look at. */
  doubted: boolean
  /** Only files that need a look: with such pages, or with pages that failed, or failed whole. */
  look: boolean
  name: string
  /** Only files in this folder and those below it; any, if it is empty. */
  folder: string
}

/** Which files a list shows, and in which order. */
export interface Filter extends Narrowed {
  sort: Sort
}

export interface FileList {
  files: LectorFile[]
  next: string | null
}

type Lists = InfiniteData<FileList, string | null>

/** States of files that need a look. */
export const TROUBLED: readonly FileStatus[] = ['incomplete', 'failed']

const needsLook = ({ status, progress }: LectorFile) =>
  progress.doubted > 0 || TROUBLED.includes(status)

/** Whether a file belongs into a list. */
export function fits(file: LectorFile, filter: Filter): boolean {
  const named = file.name.toLowerCase().includes(filter.name.toLowerCase())
  const asked = !filter.doubted || file.progress.doubted > 0
  const { folder } = filter
  if (filter.look && !needsLook(file)) return false
  const inFolder = !folder || file.folder === folder || file.folder?.startsWith(`${folder}/`)
  if (!inFolder) return false
  return asked && named && (filter.status.length === 0 || filter.status.includes(file.status))
}

/** A list after a file has changed; null: only asking again can tell where the file belongs. */
export function withFile(lists: Lists, filter: Filter, file: LectorFile): Lists | null {
  const there = lists.pages.some((page) => page.files.some((one) => one.id === file.id))
  if (!fits(file, filter)) return there ? withoutFile(lists, file.id) : lists
  if (there) return mapped(lists, (files) => files.map((one) => (one.id === file.id ? file : one)))
  if (filter.sort !== 'newest') return null
  const first = lists.pages[0]?.files[0]
  if (first && first.id > file.id) return null
  const [head, ...rest] = lists.pages
  if (!head) return null
  return { ...lists, pages: [{ ...head, files: [file, ...head.files] }, ...rest] }
}

/** A list after a file is gone. */
export function withoutFile(lists: Lists, id: string): Lists {
  return mapped(lists, (files) => files.filter((file) => file.id !== id))
}

function mapped(lists: Lists, change: (files: LectorFile[]) => LectorFile[]): Lists {
  return {
    ...lists,
    pages: lists.pages.map((page) => ({ ...page, files: change(page.files) })),
  }
}
