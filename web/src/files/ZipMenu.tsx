import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Spinner,
  Text,
} from '@fluentui/react-components'
import { FolderZipRegular } from '@fluentui/react-icons'
import { useMutation } from '@tanstack/react-query'
import { downloadZip, MOST_ZIPPED, type ZipForm } from '../file/download'
import { Problem } from '../shared/States'
import { useSpoken } from '../text'

/** Several files as one zip, in the form that somebody chooses. */
export function ZipMenu({ ids }: { ids: string[] }) {
  const { t, language } = useSpoken()
  const get = useMutation({ mutationFn: (form: ZipForm) => downloadZip(ids, form) })
  const tooMany = ids.length > MOST_ZIPPED
  const forms: [ZipForm, string][] = [
    ['text', t.file.asText],
    ['markdown', t.file.asMarkdown],
    ['pdf', t.file.asPdf],
    ['original', t.file.asOriginal],
  ]
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button
            icon={get.isPending ? <Spinner size="tiny" /> : <FolderZipRegular />}
            disabledFocusable={get.isPending || tooMany}
          >
            {t.files.zip}
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {forms.map(([form, words]) => (
              <MenuItem key={form} onClick={() => get.mutate(form)}>
                {words}
              </MenuItem>
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
      {tooMany && <Text size={200}>{t.files.zipMost(MOST_ZIPPED.toLocaleString(language))}</Text>}
      {get.error && <Problem error={get.error} />}
    </>
  )
}
