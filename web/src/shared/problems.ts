import type { components } from '../../client/schema'
import { explained, particular } from '../reading/reasons'
import type { Language } from '../text'

type ProblemCode = components['schemas']['ProblemCode']

const REQUEST = 'La petición no es como debe ser.'
const LATER = 'Son demasiadas peticiones a la vez; inténtalo dentro de un momento.'

/** Why the API refuses something, in Spanish; in English it says so itself. */
const SPANISH: Record<Exclude<ProblemCode, 'malformed_id'>, string> = {
  already_uploaded: 'Este archivo ya se subió.',
  body_too_large: 'Es demasiado grande.',
  body_too_slow: 'Los datos llegaron demasiado despacio; inténtalo de nuevo.',
  conflicting_options: 'Estas opciones no se pueden elegir juntas.',
  foreign_page: 'Las páginas de otros sitios no pueden usar este Lector.',
  idempotency_key_reused: 'La misma clave ya se usó para otro archivo.',
  malformed_body: REQUEST,
  malformed_cursor: 'La lista ha cambiado; cárgala de nuevo.',
  malformed_form: REQUEST,
  malformed_pages: 'Escribe las páginas así: 1-3,7.',
  malformed_position: REQUEST,
  malformed_prompt: 'Las instrucciones están vacías o son demasiado largas.',
  malformed_scopes: 'Estos permisos no existen.',
  malformed_size: 'El archivo está vacío, o su tamaño no es un número.',
  no_prices:
    'No se sabe cuánto cuesta este lector, así que no puede haber un gasto máximo; faltan sus precios.',
  no_such_dead_letter: 'Este evento ya no está guardado.',
  no_such_file: 'Este archivo no existe, o alguien lo borró.',
  no_such_page: 'El archivo no tiene esta página, o todavía no.',
  no_such_token: 'Este token no existe.',
  no_such_version: 'La página no tiene esta versión.',
  no_such_webhook: 'Este webhook no existe.',
  bucket_not_allowed: 'De este bucket no se leen archivos.',
  object_refused: 'El almacén no entrega este objeto a Lector.',
  no_word_positions:
    'Aquí no se sabe dónde está cada palabra, o aún no se ha leído ninguna página.',
  not_allowed: 'Tu token no permite hacer esto.',
  not_drawn: 'La página aún no se ha dibujado.',
  not_found: 'Aquí no hay nada con esta dirección.',
  not_opened: 'Aún no se sabe cuántas páginas tiene el archivo.',
  not_understood: 'No se entiende.',
  not_uploaded: 'El archivo no se ha subido del todo.',
  nothing_to_retry: 'No hay ninguna página que reintentar.',
  nothing_to_verify: 'No hay ninguna página leída que se pueda verificar.',
  only_corrected:
    'El texto de estas páginas lo escribió una persona; hay que pedir expresamente que se lean de nuevo.',
  page_being_read: 'La página se está leyendo; espera a que acabe o detén la lectura.',
  pdf_protected: 'El PDF está protegido con contraseña.',
  pdf_too_large: 'El PDF es demasiado grande para añadirle la búsqueda.',
  pdf_too_slow: 'Añadir la búsqueda al PDF tarda demasiado.',
  pdf_unreadable: 'El PDF está dañado; no se le puede añadir la búsqueda.',
  repeated_option: REQUEST,
  search_too_slow:
    'Esta búsqueda tarda demasiado; usa palabras menos frecuentes, o elige un idioma o unas fechas.',
  size_mismatch: 'Llegaron más o menos bytes de los anunciados; sube el archivo de nuevo.',
  storage_limit_reached:
    'No cabe: se ha llegado al límite de lo que puedes guardar; borra archivos o pide más.',
  token_needed: 'Este Lector pide un token.',
  too_different: 'Las dos versiones son demasiado distintas para compararlas.',
  too_many_at_once: LATER,
  too_many_requests: LATER,
  too_many_searches: 'Demasiada gente está buscando a la vez; inténtalo dentro de un momento.',
  unknown_host: 'Este Lector no se conoce por este nombre.',
  unknown_option: REQUEST,
  upload_changed: 'El archivo cambió durante la subida; súbelo de nuevo.',
  url_not_allowed: 'Esta dirección no se permite.',
  url_not_fetched: 'El archivo no se pudo obtener de esta dirección.',
  url_too_slow: 'El archivo de esta dirección tarda demasiado en llegar; súbelo tú.',
  version_changed: 'Alguien cambió el texto de esta página mientras tanto.',
  version_needed: 'Hay que decir qué versión del texto se ha visto.',
  wrong_password: 'Esta contraseña no abre el PDF.',
}

/** An address of the page that cannot be one: programs are told how ids look, people are not. */
const NOTHING_THERE: Record<string, [en: string, es: string]> = {
  malformed_id: ['There is no file at this address.', 'En esta dirección no hay ningún archivo.'],
  malformed_number: [
    'There is no page at this address.',
    'En esta dirección no hay ninguna página.',
  ],
}

interface Words {
  what: string
  /** What the server says beyond that, in English. */
  detail: string | null
}

/** Why something was refused: in the language of the page where the code is known, else as it came. */
export function problemWords(
  { code, message }: { code?: string; message: string },
  language: Language,
): Words {
  const nothing = NOTHING_THERE[code ?? '']
  if (nothing) return { what: nothing[language === 'es' ? 1 : 0], detail: null }
  // A server of later may refuse for more reasons.
  const field = code?.startsWith('malformed_') ? REQUEST : undefined
  const spanish: string | undefined = SPANISH[code as keyof typeof SPANISH] ?? field
  if (language === 'es' && spanish) return { what: spanish, detail: particular(message) }
  const { what, detail } = explained({ error_code: code ?? null, error: message }, language)
  return { what, detail: detail ?? null }
}
