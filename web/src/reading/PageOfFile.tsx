import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isRefusal, type LectorFile, type WholePage } from '../api/client'
import { useError } from '../shared/hooks'
import { Loading, Missing, Problem } from '../shared/States'
import { useText } from '../text'

interface Asked {
  number: number
  file: UseQueryResult<LectorFile>
  page: UseQueryResult<WholePage>
  /** Where to go on if there is none. */
  to: string
  back: string
  children: (file: LectorFile, page: WholePage) => ReactNode
}

/** A page of a file, once both are there. They stay, with a notice, while Lector is away. */
export function PageOfFile({ number, file, page, to, back, children }: Asked) {
  const t = useText()
  const [noFile, noPage] = [useError(file), useError(page)]
  const error = noFile ?? noPage
  const again = (noFile ? file : page).refetch
  if (file.data && page.data && !isRefusal(error))
    return (
      <>
        {error && <Problem error={error} again={again} />}
        {children(file.data, page.data)}
      </>
    )
  if (!error) return <Loading />
  return (
    <Missing
      title={number ? t.common.page(number) : t.app.noPage}
      none={noFile ? t.app.noFile : t.app.noPage}
      error={error}
      again={again}
      to={to}
      back={back}
    />
  )
}
