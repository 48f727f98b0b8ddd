/** Where a file was among the folders that were dropped or chosen, so that it can be found by that. */

const dropped = new WeakMap<File, string>()

/** Remember the path of a file that was dropped, which a File itself does not know. */
export function remember(file: File, path: string): File {
  dropped.set(file, path)
  return file
}

/** Its folder, from the one that was dropped or chosen on; none for a file by itself. */
export function folderOf(file: File): { folder?: string } {
  const path = dropped.get(file) ?? file.webkitRelativePath ?? ''
  const folder = path.split('/').slice(0, -1).filter(Boolean).join('/')
  return folder ? { folder } : {}
}
