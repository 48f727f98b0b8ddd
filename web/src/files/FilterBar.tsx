import { Dropdown, Field, makeStyles, Option, SearchBox, Select } from '@fluentui/react-components'
import type { FileStatus } from '../api/client'
import type { Filter, Sort } from '../api/lists'
import { useText } from '../text'

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', gap: '8px 16px', margin: '0 0 12px' },
  name: { minWidth: '200px', flexGrow: 1, maxWidth: '360px' },
  box: { width: '100%', maxWidth: 'none' },
})

/** Which files are shown, and in which order. */
export function FilterBar({
  filter,
  change,
}: {
  filter: Filter
  change: (filter: Filter) => void
}) {
  const t = useText()
  const styles = useStyles()
  const sorts = {
    newest: t.files.newest,
    oldest: t.files.oldest,
    name: t.files.byName,
    largest: t.files.largest,
  }
  return (
    <div className={styles.bar}>
      <Field label={t.files.nameFilter} className={styles.name}>
        <SearchBox
          className={styles.box}
          value={filter.name}
          onChange={(_, { value }) => change({ ...filter, name: value })}
        />
      </Field>
      <Field label={t.files.filter}>
        <Dropdown
          multiselect
          placeholder={t.files.allStates}
          selectedOptions={filter.status}
          value={filter.status.map((status) => t.status[status]).join(', ')}
          onOptionSelect={(_, { selectedOptions }) =>
            change({ ...filter, status: selectedOptions as FileStatus[] })
          }
        >
          {Object.entries(t.status).map(([status, word]) => (
            <Option key={status} value={status}>
              {word}
            </Option>
          ))}
        </Dropdown>
      </Field>
      <Field label={t.files.sort}>
        <Select
          value={filter.sort}
          onChange={(_, { value }) => change({ ...filter, sort: value as Sort })}
        >
          {Object.entries(sorts).map(([sort, words]) => (
            <option key={sort} value={sort}>
              {words}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  )
}
