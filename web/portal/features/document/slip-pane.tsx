import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Loading } from '../../../kit/pane/bone.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { Age } from '../../../kit/time/moments.tsx'
import { useView } from '../../../kit/view/view-store.ts'
import { useSlip } from '../../data/papers.ts'
import type { Paper, Slip } from '../../data/types.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { FileLink } from '../../parts/file-link.tsx'
import { Go } from '../../parts/go.tsx'
import { Hidden } from './hidden.tsx'
import { Letter } from './letter.tsx'
import { SlipSheet } from './slip-sheet.tsx'
import styles from './document.module.css'

/** C9: the slip as it will be printed, and the ways to print it. */
export function SlipPane({ paper, children }: { paper: Paper; children: ReactNode }) {
  const { t } = useLingui()
  const { hidden } = useView()
  const slip = useSlip(paper.id)
  if (hidden) return <Hidden />
  if (slip.data) return <Shown paper={paper} slip={slip.data}>{children}</Shown>
  if (!slip.error) return <Loading />
  return (
    <FaultMessage
      place="document.slip.fault"
      title={t`Квитанция не загрузилась`}
      error={slip.error}
      onRetry={() => {
        void slip.refetch()
      }}
    />
  )
}

function Shown({ paper, slip, children }: { paper: Paper; slip: Slip; children: ReactNode }) {
  const { t, i18n } = useLingui()
  return (
    <>
      <div className={styles.tools}>
        {slip.payees !== 'same' && (
          <Note tone="waiting" icon="warning" live>
            {slip.payees === 'changed' ? (
              <Trans>Реквизиты получателя изменились с прошлой квитанции. Платите по этой, старую выбросьте.</Trans>
            ) : (
              <Trans>Реквизиты получателя с тех пор изменились. Платите по новой квитанции, не по этой.</Trans>
            )}
          </Note>
        )}
        <div className={styles.files}>
          {slip.payees === 'outdated' ? (
            <Go guide="document.slip.new" look="main" to={`/documents/new/slip?account=${paper.account_id}`}>
              <Trans>Сделать новую квитанцию</Trans>
            </Go>
          ) : (
            <Button
              guide="document.print"
              look="main"
              icon="print"
              onClick={() => {
                print()
              }}
            >
              <Trans>Напечатать</Trans>
            </Button>
          )}
          <FileLink guide="document.slip.pdf" document={paper.id} form="pdf">
            <Trans>Скачать PDF</Trans>
          </FileLink>
          <Letter paper={paper} />
        </div>
        <p className={styles.until}>
          <Trans>
            Реквизиты <Age at={slip.as_of} />. Лист А4: извещение остаётся в банке, квитанция у вас.
          </Trans>
          {i18n.locale !== 'ru' && (
            <>
              {' '}
              <Trans>Сама квитанция на русском языке: такой её принимают банки.</Trans>
            </>
          )}
        </p>
        {children}
      </div>
      {/* A phone shows the sheet as large as it is readable, and lets it be moved. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.desk} role="region" aria-label={t`Лист квитанции`} tabIndex={0}>
        <SlipSheet slip={slip} />
      </div>
    </>
  )
}
