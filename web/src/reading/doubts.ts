import type { components } from '../../client/schema'
import type { Language } from '../text'

type Schemas = components['schemas']

/** Every doubt in plain words; the English ones are the server's own. */
const DOUBTS: Record<Schemas['DoubtCode'], Record<Language, string>> = {
  damaged_content: {
    en: 'The page’s content is damaged; parts may be missing.',
    es: 'El contenido de la página está dañado; puede que falten partes.',
  },
  drawn_too_coarsely: {
    en: 'The page is too large to be drawn finely enough for its print.',
    es: 'La página es demasiado grande para dibujarla con la finura que pide su letra.',
  },
  layer_not_trusted: {
    en: 'The text that the page carries was taken although it does not look right.',
    es: 'Se tomó el texto que la página contiene, aunque no parece correcto.',
  },
  differs_from_layer: {
    en: 'The answer lacks words that the page carries as text, or has many others.',
    es: 'A la respuesta le faltan palabras que la página contiene como texto, o tiene muchas otras.',
  },
  answers_refused: {
    en: 'No answer was acceptable; this is the text that the page carries.',
    es: 'Ninguna respuesta fue aceptable; este es el texto que la página contiene.',
  },
  pictures_not_read: {
    en: 'Pictures on the page could not be read.',
    es: 'No se pudieron leer imágenes de la página.',
  },
  nothing_found: {
    en: 'The reader found no text, but the page is not blank.',
    es: 'El lector no encontró texto, pero la página no está en blanco.',
  },
  parts_illegible: {
    en: 'The reader says that parts cannot be read.',
    es: 'El lector dice que hay partes ilegibles.',
  },
  low_confidence: {
    en: 'The reader is not sure of what it read.',
    es: 'El lector no está seguro de lo que leyó.',
  },
  print_not_read: {
    en: 'Parts of the page look like print and were not read.',
    es: 'Hay partes de la página que parecen impresas y no se leyeron.',
  },
  language_not_available: {
    en: "The reader lacks the page's language.",
    es: 'Al lector le falta el idioma de la página.',
  },
  words_missing: {
    en: 'A second reader sees words that the text lacks.',
    es: 'Un segundo lector ve palabras que faltan en el texto.',
  },
  words_invented: {
    en: 'The text has words that a second reader does not see.',
    es: 'El texto tiene palabras que un segundo lector no ve.',
  },
  numbers_differ: {
    en: 'A second reader reads numbers otherwise.',
    es: 'Un segundo lector lee otros números.',
  },
  readers_disagree: {
    en: 'A second reader reads another text.',
    es: 'Un segundo lector lee otro texto.',
  },
}

interface Words {
  what: string
  /** What the server says beyond that, in English. */
  detail: string | null
}

/** A doubt in plain words where its code is known, and what the server says beyond them. */
export function doubtWords({ code, detail }: Schemas['Doubt'], language: Language): Words {
  // A server of later may know more of them.
  const known: Record<Language, string> | undefined = DOUBTS[code as Schemas['DoubtCode']]
  if (!known) return { what: detail, detail: null }
  return { what: known[language], detail: beyond(known.en, detail) }
}

/** What is said beyond a sentence that it may begin with; null if that is nothing. */
function beyond(sentence: string, said: string): string | null {
  const plain = (words: string) => words.toLowerCase().replaceAll('’', "'")
  const known = plain(sentence).replace(/\.$/, '')
  if (!plain(said).startsWith(known)) return said
  return said.slice(known.length).replace(/^[.:;,]?\s*/, '') || null
}
