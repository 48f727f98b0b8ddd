import {
  Button,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemCheckbox,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from '@fluentui/react-components'
import { SettingsRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { signOut, token } from '../api/session'
import { Popup } from '../shared/Popup'
import { LANGUAGES, useSpoken, type Language } from '../text'
import { canNotify, notify, stopNotifying, useNotified, type Refusal } from './notifications'
import type { Choice } from './theme'

/** Language, theme and notices; and the way out for whoever signed in. */
export default function Preferences({
  choice,
  choose,
}: {
  choice: Choice
  choose: (choice: Choice) => void
}) {
  const { t, language, speak } = useSpoken()
  const notified = useNotified()
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const close = () => setRefusal(null)
  return (
    <>
      <Menu
        checkedValues={{ theme: [choice], language: [language], notices: notified ? ['on'] : [] }}
        onCheckedValueChange={(_, { name, checkedItems: [value] }) => {
          if (name === 'theme') choose(value as Choice)
          else if (name === 'language') speak(value as Language)
          else if (value === 'on') void notify(t.notices.on).then(setRefusal)
          else stopNotifying()
        }}
      >
        <MenuTrigger>
          <Button appearance="subtle" icon={<SettingsRegular />} aria-label={t.app.settings} />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuGroup>
              <MenuGroupHeader>{t.app.theme}</MenuGroupHeader>
              {(['system', 'light', 'dark'] as const).map((one) => (
                <MenuItemRadio key={one} name="theme" value={one}>
                  {t.app[one]}
                </MenuItemRadio>
              ))}
            </MenuGroup>
            <MenuDivider />
            <MenuGroup>
              <MenuGroupHeader>{t.app.languageLabel}</MenuGroupHeader>
              {Object.entries(LANGUAGES).map(([code, spoken]) => (
                <MenuItemRadio key={code} name="language" value={code}>
                  {spoken.language}
                </MenuItemRadio>
              ))}
            </MenuGroup>
            {canNotify() && (
              <>
                <MenuDivider />
                <MenuItemCheckbox name="notices" value="on">
                  {t.app.notify}
                </MenuItemCheckbox>
              </>
            )}
            {token() && (
              <>
                <MenuDivider />
                <MenuItem onClick={signOut}>{t.app.signOut}</MenuItem>
              </>
            )}
          </MenuList>
        </MenuPopover>
      </Menu>
      {refusal && (
        <Popup
          title={t.app.notify}
          close={close}
          actions={<Button onClick={close}>{t.common.close}</Button>}
        >
          {t.notices.refused[refusal]}
        </Popup>
      )}
    </>
  )
}
