import { Lector } from 'lector-ocr'

/** Show the pages of a document as they are read, then all of its text. */
export async function show(url: string, content: Blob, name: string) {
  const lector = new Lector(url) // and a token, where it asks for one
  const document = await lector.read(content, name)
  for await (const page of document.pages()) console.log(`page ${page.number}: ${page.status}`)
  console.log(await document.text())
}
