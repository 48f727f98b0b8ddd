import type { components } from '../../client/schema'
import type { Language } from '../text'

type Schemas = components['schemas']
type FailureCode = Schemas['FailureCode'] | Schemas['ProtocolCode']

interface Reason {
  what: string
  advice?: string
  /** What the server says beyond that, in English. */
  detail?: string
}

type Words = [en: string, es: string]

const again: Words = [
  'Read it again, perhaps with another prompt or model.',
  'Léela de nuevo, quizá con otras instrucciones u otro modelo.',
]
const setUp: Words = [
  'Whoever looks after this Lector can set it right; then retry.',
  'Quien cuida este Lector puede arreglarlo; después, reintenta.',
]
const mend: Words = [
  'Save it anew in a PDF viewer, or print it to a PDF, and upload that.',
  'Guárdalo de nuevo en un visor de PDF, o imprímelo a PDF, y súbelo.',
]
const split: Words = ['Split it into smaller files.', 'Divídelo en archivos más pequeños.']

const slow: Words = [
  'Retry when less is being read; if that fails, save it anew in a PDF viewer and upload that.',
  'Reintenta cuando se lea menos a la vez; si falla, guárdalo de nuevo en un visor de PDF y súbelo.',
]
const retry: Words = ['Retry.', 'Reintenta.']

const tell: Words = [
  'Retry; if it comes again, tell whoever looks after this Lector.',
  'Reintenta; si se repite, avisa a quien cuida este Lector.',
]
const event: [Words, Words] = [
  [
    'A message between the parts of Lector was wrong.',
    'Un mensaje entre las partes de Lector era incorrecto.',
  ],
  tell,
]
const answer: [Words, Words] = [
  [
    'A part of Lector gave an answer that is not understood.',
    'Una parte de Lector dio una respuesta que no se entiende.',
  ],
  tell,
]

/** Every code of a failure in plain words, and what a person can do. */
const REASONS: Record<FailureCode, [Words, Words?]> = {
  cancelled: [
    ['Somebody stopped it before it was read.', 'Alguien lo detuvo antes de leerse.'],
    ['Retry goes on where it ended.', 'Reintentar continúa donde terminó.'],
  ],
  pages_failed: [
    ['Not all of its pages could be read.', 'No se pudieron leer todas sus páginas.'],
    ['Each page below tells why.', 'Cada página dice por qué.'],
  ],
  answer_cut_off: [
    [
      'The model’s answer was too long and was cut off.',
      'La respuesta del modelo era demasiado larga y se cortó.',
    ],
    again,
  ],
  answer_repeats: [
    ['The model repeated itself without end.', 'El modelo se repitió sin fin.'],
    again,
  ],
  answer_too_large: [
    [
      'The model answered more than any page holds.',
      'El modelo respondió más de lo que cabe en una página.',
    ],
    again,
  ],
  answer_unfinished: [
    ['The model did not finish its answer.', 'El modelo no terminó su respuesta.'],
    again,
  ],
  content_filtered: [
    [
      'The provider’s content filter withheld the text.',
      'El filtro de contenido del proveedor retuvo el texto.',
    ],
    again,
  ],
  empty_answer: [['The model answered nothing.', 'El modelo no respondió nada.'], again],
  model_refused: [
    ['The model refused to read the page.', 'El modelo se negó a leer la página.'],
    again,
  ],
  not_a_completion: [
    [
      'What answered is not a model as Lector knows them.',
      'Lo que respondió no es un modelo como los que Lector conoce.',
    ],
    setUp,
  ],
  model_not_allowed: [
    ['This model may not be chosen here.', 'Este modelo no se puede elegir aquí.'],
    [
      'Choose another, or ask whoever looks after this Lector.',
      'Elige otro o pregunta a quien cuida este Lector.',
    ],
  ],
  model_refused_authentication: [
    ['The model endpoint refused Lector’s key.', 'El modelo rechazó la clave de Lector.'],
    setUp,
  ],
  model_wants_payment: [
    [
      'The account with the model’s provider has no credit.',
      'La cuenta con el proveedor del modelo no tiene saldo.',
    ],
    setUp,
  ],
  model_refused_request: [
    ['The model endpoint refused the request.', 'El modelo rechazó la petición.'],
    again,
  ],
  model_failed: [['The model’s server failed.', 'El servidor del modelo falló.'], again],
  model_timed_out: [
    ['The model takes too long.', 'El modelo tarda demasiado.'],
    [
      'Retry; whoever looks after this Lector can give it more time.',
      'Reintenta; quien cuida este Lector puede darle más tiempo.',
    ],
  ],
  answer_broken_off: [
    ['The model’s server broke its answer off.', 'El servidor del modelo cortó su respuesta.'],
    again,
  ],
  reader_unknown: [
    ['There is no reader of this name here.', 'Aquí no hay ningún lector con ese nombre.'],
    setUp,
  ],
  model_limits_rate: [
    ['The model takes no more requests for now.', 'El modelo no acepta más peticiones por ahora.'],
    setUp,
  ],
  model_unreachable: [
    ['The model cannot be reached.', 'No se puede contactar con el modelo.'],
    setUp,
  ],
  budget_exceeded: [
    [
      'The most that this may cost is reached; its other pages wait.',
      'Se ha alcanzado el gasto máximo; las demás páginas esperan.',
    ],
    [
      'Raise what the file may cost, or wait for the next day where the limit is one of a day.',
      'Sube lo que puede costar el archivo, o espera al día siguiente si el límite es diario.',
    ],
  ],
  cost_unknown: [
    [
      'Nobody knows what this reader costs, so the most that it may cost cannot be kept.',
      'No se sabe cuánto cuesta este lector, así que no se puede respetar el gasto máximo.',
    ],
    setUp,
  ],
  page_limit_reached: [
    ['More pages than may be read today.', 'Son más páginas de las que se pueden leer hoy.'],
    ['Retry it tomorrow.', 'Reintenta mañana.'],
  ],
  behind_files: [['Earlier files of yours are read first.', 'Antes se leen otros archivos tuyos.']],
  not_a_pdf: [
    [
      'This is neither a PDF nor an image that Lector reads, or it is damaged beyond repair.',
      'Esto no es un PDF ni una imagen que Lector lea, o está dañado sin remedio.',
    ],
    mend,
  ],
  unsupported_type: [
    ['Lector does not read files of this kind.', 'Lector no lee archivos de este tipo.'],
    ['Save it as PDF and upload that.', 'Guárdalo como PDF y sube ese archivo.'],
  ],
  password_protected: [
    ['The PDF is protected by a password.', 'El PDF está protegido con contraseña.'],
    [
      'Type its password on its page, or upload a copy without one.',
      'Escribe su contraseña en su página o sube una copia sin ella.',
    ],
  ],
  empty_file: [
    ['The file is empty.', 'El archivo está vacío.'],
    [
      'Look for one with something in it where it comes from, and upload that.',
      'Busca en su origen uno que tenga contenido, y súbelo.',
    ],
  ],
  no_pages: [['The document has no pages.', 'El documento no tiene páginas.'], mend],
  no_such_pages: [
    [
      'The pages that were asked for are not in the file.',
      'Las páginas pedidas no están en el archivo.',
    ],
    [
      'Upload it again, and ask for pages that it has.',
      'Súbelo de nuevo y pide páginas que tenga.',
    ],
  ],
  too_many_pages: [
    [
      'The document has more pages than this Lector reads, or more of them were selected.',
      'El documento tiene más páginas de las que este Lector lee, o se han elegido más.',
    ],
    split,
  ],
  sha256_mismatch: [
    [
      'The bytes that arrived are not those that were announced.',
      'Los bytes que llegaron no son los anunciados.',
    ],
    ['Upload the file again.', 'Sube el archivo de nuevo.'],
  ],
  page_too_slow: [
    ['The page takes too long to draw.', 'La página tarda demasiado en dibujarse.'],
    slow,
  ],
  page_too_large: [
    [
      'The page needs too much memory to be drawn.',
      'La página necesita demasiada memoria para dibujarse.',
    ],
    mend,
  ],
  page_crashes_renderer: [
    [
      'The page is broken in a way that cannot be drawn.',
      'La página está rota de un modo que no se puede dibujar.',
    ],
    mend,
  ],
  page_unrenderable: [['The page cannot be drawn.', 'La página no se puede dibujar.'], mend],
  page_undecodable: [
    [
      'The page’s content is damaged and cannot be decoded.',
      'El contenido de la página está dañado y no se puede descodificar.',
    ],
    mend,
  ],
  page_missing: [
    ['The page is missing: the document is damaged.', 'Falta la página: el documento está dañado.'],
    mend,
  ],
  file_too_slow: [
    ['The document takes too long to open.', 'El documento tarda demasiado en abrirse.'],
    slow,
  ],
  file_too_large: [
    [
      'The document needs too much memory to be opened.',
      'El documento necesita demasiada memoria para abrirse.',
    ],
    split,
  ],
  file_crashes_renderer: [
    [
      'The document is broken in a way that cannot be opened.',
      'El documento está roto de un modo que no se puede abrir.',
    ],
    mend,
  ],
  file_missing: [
    ['The document is no longer stored.', 'El documento ya no está guardado.'],
    ['Upload it again.', 'Súbelo de nuevo.'],
  ],
  image_missing: [
    ['The page’s image is no longer stored.', 'La imagen de la página ya no está guardada.'],
    ['Upload the file again.', 'Sube el archivo de nuevo.'],
  ],
  unexpected: [['Something failed that should not.', 'Falló algo que no debería.'], tell],
  unreachable: [
    ['A part of Lector could not be reached.', 'No se pudo contactar con una parte de Lector.'],
    tell,
  ],
  not_now: [
    ['It could not be done for too long.', 'No se pudo hacer durante demasiado tiempo.'],
    retry,
  ],
  timed_out: [['The database took too long.', 'La base de datos tardó demasiado.'], retry],
  broken_off: [['A part of Lector did not answer.', 'Una parte de Lector no respondió.'], tell],
  not_taken: [
    ['Whoever was to be told did not take it.', 'Quien debía recibir el aviso no lo aceptó.'],
  ],
  malformed_event: event,
  malformed_subject: event,
  missing_field: event,
  unknown_event_type: event,
  unknown_contract: event,
  unexpected_event_type: event,
  contradicts_ledger: event,
  unexpected_answer: answer,
  malformed_reply: answer,
  too_large: event,
  reply_too_large: answer,
  method_not_allowed: answer,
  not_cluster_local: answer,
  not_authenticated: answer,
  unknown_caller: answer,
  stalled: [
    ['Nothing happened for too long.', 'No pasó nada durante demasiado tiempo.'],
    [
      'Retry; if it comes again, the logs tell more.',
      'Reintenta; si se repite, los registros dicen más.',
    ],
  ],
}

/** What stays as it is however often it is tried: what is wrong with a document, or was asked of it. */
const LASTING: ReadonlySet<string> = new Set<FailureCode>([
  'empty_file',
  'file_crashes_renderer',
  'file_missing',
  'file_too_large',
  'no_pages',
  'no_such_pages',
  'not_a_pdf',
  'page_crashes_renderer',
  'page_missing',
  'page_too_large',
  'page_undecodable',
  'page_unrenderable',
  'password_protected',
  'image_missing',
  'sha256_mismatch',
  'too_many_pages',
  'unsupported_type',
])

/** Whether what failed for this reason may end differently when it is tried once more. */
export const retryHelps = (code: string | null) => code === null || !LASTING.has(code)

/** A sentence of the server that names something: behind a colon, in quotes or brackets, as a figure. */
const PARTICULAR = /[:"“«(\d]|\s'/
/** The page's own number, which stands beside the reason anyway; or nothing but the code's words. */
const ITS_NUMBER = /^page \d+: |^(the page|page \d+) is missing: the PDF is damaged$/

/** What the server says beyond its code, in English; null if that is nothing in particular. */
export function particular(said: string | null): string | null {
  const more = (said ?? '').replace(ITS_NUMBER, '')
  return PARTICULAR.test(more) ? said : null
}

/** Why something failed: in plain words where the code is known, else as the server says it. */
export function explained(
  failed: { error: string | null; error_code: string | null },
  language: Language,
): Reason {
  const which = language === 'es' ? 1 : 0
  // A function of somebody's own may fail with a code that only it knows.
  const known: [Words, Words?] | undefined =
    failed.error_code === null ? undefined : REASONS[failed.error_code as FailureCode]
  if (!known) return { what: failed.error ?? '' }
  const [what, advice] = known
  const detail = particular(failed.error)
  return {
    what: what[which],
    ...(advice && { advice: advice[which] }),
    ...(detail && { detail }),
  }
}
