import { makeStyles, mergeClasses } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { api, ApiError, sent } from '../api/client'
import { useSeen } from './hooks'

const useStyles = makeStyles({
  frame: { display: 'block' },
  image: { width: '100%', height: '100%', objectFit: 'contain', display: 'block' },
})

interface Shown {
  fileId: string
  number: number
  /** What changes when the page looks different: it is asked for again then. */
  version: string | null
  /** In pixels, of screens that show two for one: the API makes it so wide. */
  width: number
  /** How many pages are drawn: one that was not there is asked for again when there are more. */
  drawn?: number
  className?: string
}

/** A small picture of a page, upright; asked for with the token once it comes into sight. */
export function SmallImage({ fileId, number, version, width, drawn, className }: Shown) {
  const styles = useStyles()
  const frame = useRef<HTMLSpanElement>(null)
  const wanted = useSeen(frame)
  const { data, error, refetch } = useQuery({
    queryKey: ['small', fileId, number, width, version],
    queryFn: async () => {
      const query = { width, ...(version && { version }) }
      const params = { path: { file_id: fileId, number }, query }
      const path = '/v1/files/{file_id}/pages/{number}/image'
      return asDataUrl(await sent(api.GET(path, { params, parseAs: 'arrayBuffer' })))
    },
    enabled: ({ state }) => wanted && !isMissing(state.error),
    staleTime: Infinity,
  })
  const asked = useRef(drawn)
  useEffect(() => {
    if (asked.current === drawn) return
    asked.current = drawn
    if (isMissing(error)) void refetch()
  }, [drawn, error, refetch])
  return (
    <span ref={frame} className={mergeClasses(styles.frame, className)}>
      {data && <img className={styles.image} src={data} decoding="async" alt="" />}
    </span>
  )
}

/** Whether there is no such picture, or not yet: to ask again brings nothing before that changes. */
const isMissing = (error: Error | null) =>
  error instanceof ApiError && (error.status === 404 || error.status === 409)

/** As an address that needs not be let go of. */
function asDataUrl(jpeg: ArrayBuffer): string {
  const bytes = Array.from(new Uint8Array(jpeg), (byte) => String.fromCharCode(byte))
  return `data:image/jpeg;base64,${btoa(bytes.join(''))}`
}
