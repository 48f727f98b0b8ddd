import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import type { FileStatus } from '../api/client'
import type { Filter, Sort } from '../api/lists'
import { en } from '../text/en'

export const EVERYTHING: Filter = {
  status: [],
  doubted: false,
  look: false,
  name: '',
  folder: '',
  sort: 'newest',
}

const SORTS: readonly string[] = ['newest', 'oldest', 'name', 'largest'] satisfies Sort[]

const isSort = (word: string | null): word is Sort => word !== null && SORTS.includes(word)

/** The filter that an address holds; a filtered list can be sent to somebody, and come back to. */
export function filterIn(query: URLSearchParams): Filter {
  const sort = query.get('sort')
  return {
    status: query
      .getAll('status')
      .filter((one): one is FileStatus => Object.hasOwn(en.status, one)),
    doubted: query.get('doubted') === 'true',
    look: query.get('look') === 'true',
    name: query.get('name') ?? '',
    folder: query.get('folder') ?? '',
    sort: isSort(sort) ? sort : EVERYTHING.sort,
  }
}

export function addressOf({ status, doubted, look, name, folder, sort }: Filter): URLSearchParams {
  const query = new URLSearchParams(status.map((one) => ['status', one]))
  if (doubted) query.set('doubted', 'true')
  if (look) query.set('look', 'true')
  if (name) query.set('name', name)
  if (folder) query.set('folder', folder)
  if (sort !== EVERYTHING.sort) query.set('sort', sort)
  return query
}

/** Where the files of a folder, and of those below it, are listed. */
export const addressOfFolder = (folder: string) => `/?${addressOf({ ...EVERYTHING, folder })}`

export function useFilter(): [Filter, (filter: Filter) => void] {
  const [query, setQuery] = useSearchParams()
  const filter = useMemo(() => filterIn(query), [query])
  return [filter, (wanted) => setQuery(addressOf(wanted), { replace: true })]
}
