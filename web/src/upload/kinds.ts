/** The kinds of documents that are read, as far as a name and a browser can tell: the server looks into them. */
const KINDS: Record<string, string[]> = {
  'application/pdf': ['pdf'],
  'image/jpeg': ['jpg', 'jpeg', 'jpe', 'jfif'],
  'image/png': ['png'],
  'image/tiff': ['tif', 'tiff'],
  'image/webp': ['webp'],
  'image/heic': ['heic'],
  'image/heif': ['heif'],
  'image/gif': ['gif'],
  'image/bmp': ['bmp', 'dib'],
}

const EXTENSIONS = Object.values(KINDS).flat()

/** What a file picker offers. */
export const ACCEPTED = [
  ...Object.keys(KINDS),
  ...EXTENSIONS.map((extension) => `.${extension}`),
].join(',')

export function isDocument({ name, type }: { name: string; type: string }): boolean {
  const [, extension] = name.toLowerCase().match(/\.([^.]+)$/) ?? []
  return Object.hasOwn(KINDS, type) || (extension !== undefined && EXTENSIONS.includes(extension))
}
