/** The files in what was dropped or chosen: folders are walked through. */

import { remember } from './folder'
import { isDocument } from './kinds'

export interface Found {
  documents: File[]
  /** The names of the others. */
  skipped: string[]
}

export function sorted(files: File[]): Found {
  const skipped = files.filter((file) => !isDocument(file)).map((file) => file.name)
  return { documents: files.filter(isDocument), skipped }
}

const FIELDS = 'input, textarea, [contenteditable]'

/** The files that are pasted; none where text is meant: in a field, or of cells, which come as an image, too. */
export function pasted({
  target,
  clipboardData,
}: Pick<ClipboardEvent, 'target' | 'clipboardData'>) {
  const files = [...(clipboardData?.files ?? [])]
  const types = clipboardData?.types ?? []
  // Beside a file itself its name is plain text on some systems.
  const isText = types.includes('text/plain') && /text\/(?:html|rtf)/.test(types.join())
  return isText || (target instanceof Element && target.closest(FIELDS)) ? [] : files
}

export async function dropped(transfer: DataTransfer): Promise<Found> {
  const files = [...transfer.items].map((item) => {
    const entry = item.webkitGetAsEntry() // null for what is not from a disk
    return entry ? filesOf(entry) : [item.getAsFile()].filter((file) => file !== null)
  })
  return sorted((await Promise.all(files)).flat())
}

export async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    const file = entry as FileSystemFileEntry
    const found = await new Promise<File>((resolve, reject) => file.file(resolve, reject))
    return [remember(found, entry.fullPath)]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const files: File[] = []
  for (let some = await batch(reader); some.length; some = await batch(reader)) {
    files.push(...(await Promise.all(some.map(filesOf))).flat())
  }
  return files
}

/** A folder tells its entries in batches, and ends with an empty one. */
function batch(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject))
}
