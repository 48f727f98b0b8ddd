/** What each type of event means, in a few words, and which functions it wakes. */
interface Meaning {
  en: string
  es: string
  wakes: string[]
}

export const MEANINGS: Record<string, Meaning> = {
  'lector.file.uploaded': {
    en: 'a document lies complete in the store',
    es: 'un documento está completo en el almacén',
    wakes: ['render'],
  },
  'lector.file.opened': {
    en: 'its pages are counted',
    es: 'sus páginas están contadas',
    wakes: ['register'],
  },
  'lector.pages.requested': {
    en: 'a range of pages waits to be drawn',
    es: 'unas páginas esperan a ser dibujadas',
    wakes: ['render'],
  },
  'lector.pages.rendered': {
    en: 'a range of pages is drawn',
    es: 'unas páginas están dibujadas',
    wakes: ['register'],
  },
  'lector.pages.extracted': {
    en: 'the text that pages carry themselves is taken',
    es: 'se toma el texto que las páginas ya contienen',
    wakes: ['llm'],
  },
  'lector.page.registered': {
    en: 'a page’s image waits to be read',
    es: 'la imagen de una página espera a ser leída',
    wakes: ['llm'],
  },
  'lector.page.read': {
    en: 'a page’s text is stored',
    es: 'el texto de una página está guardado',
    wakes: [],
  },
  'lector.page.failed': {
    en: 'a page could not be read',
    es: 'una página no se pudo leer',
    wakes: [],
  },
  'lector.page.restored': {
    en: 'a page shows an earlier text again',
    es: 'una página muestra de nuevo un texto anterior',
    wakes: [],
  },
  'lector.verification.requested': {
    en: 'a second reader is to look at a page',
    es: 'un segundo lector debe mirar una página',
    wakes: ['llm'],
  },
  'lector.page.verified': {
    en: 'a page was held against a second reader',
    es: 'una página se comparó con un segundo lector',
    wakes: [],
  },
  'lector.page.corrected': {
    en: 'a person wrote a page’s text, or found it right',
    es: 'una persona escribió el texto de una página, o lo dio por bueno',
    wakes: [],
  },
  'lector.file.completed': {
    en: 'every page is read or has failed',
    es: 'cada página está leída o ha fallado',
    wakes: [],
  },
  'lector.file.failed': {
    en: 'the file cannot be read',
    es: 'el archivo no se puede leer',
    wakes: [],
  },
  'lector.file.cancelled': { en: 'somebody stopped it', es: 'alguien lo detuvo', wakes: [] },
  'lector.file.retried': {
    en: 'pages are tried once more',
    es: 'se intentan páginas otra vez',
    wakes: [],
  },
  'lector.files.deleted': {
    en: 'a file’s objects are to be removed',
    es: 'hay que quitar los objetos de un archivo',
    wakes: ['render'],
  },
}
