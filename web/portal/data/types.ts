import type { components as LiveDocument } from './generated/live.ts'
import type { components as PortalDocument } from './generated/portal.ts'

/** The portal host's answers by the names that the app uses. Their shapes are the servers' own documents. */
type Live = LiveDocument['schemas']
type Portal = PortalDocument['schemas']

/** The server always says every field of a session; its document cannot. */
export type Session = Required<Portal['SessionOut']>
export type SessionUser = Portal['UserOut']
/** Likewise of a registration. */
export type Registration = Required<Portal['RegistrationOut']>
export type Facts = Portal['Facts']
export type FactKind = Facts['fact']
export type CodeStep = Portal['CodeStep']
export type CodeSent = Portal['CodeSent']
export type Opened = Portal['Opened']

/** `amount` is signed by the accountants' rule: + is owed by the customer. */
export type Operation = Live['Operation']
export type OperationKind = Operation['kind']
export type Due = Live['Due']
export type AccountLine = Live['Brief']
export type AccountState = Live['State']
export type AccountStatus = AccountState['status']
export type Overview = Live['Overview']
export type OperationsPage = Live['Page']
export type Month = Live['MonthSums']
export type Year = Live['Year']

export type AccountFrame = Live['AccountFrame']
export type Frame = Live['HelloFrame'] | AccountFrame | Live['AgeFrame'] | Live['ByeFrame']

export type PayMethod = Portal['MethodOut']
/** A card that its owner let the payment system keep. */
export type PayCard = Portal['CardOut']
/** A rule of auto-payment, and the charge that it made or will make. */
export type Autopay = Portal['RuleOut']
export type AutopayTurn = NonNullable<Autopay['turn']>
export type AutopayWish = Portal['RuleIn']
export type Wish = Portal['WishIn']
/** A card, the consent to keep one and a contact are named where they are wanted. */
export type PayWish = Omit<Wish, 'card' | 'save_card' | 'contact'> & Partial<Pick<Wish, 'card' | 'save_card' | 'contact'>>
/** Where an open attempt sends the payer. A form is posted by his own press, a symbol is a link or its drawing. */
export type PayGo =
  | { kind: 'redirect'; url: string }
  | { kind: 'form'; url: string; fields: readonly (readonly [string, string])[] }
  | { kind: 'symbol'; payload: string }
/** Amounts of a payment are positive; its document cannot say what `go` holds. */
export type Payment = Omit<Portal['PaymentOut'], 'go'> & { go: PayGo | null }
export type Receipt = NonNullable<Payment['receipt']>
export type PaymentState = Payment['state']
/** What anybody sees of a payment by a link. */
export type OpenPayment = Omit<Portal['OpenPaymentOut'], 'go'> & { go: PayGo | null }
export type PayLink = Portal['LinkOut']
export type LinkWanted = Required<Portal['LinkIn']>
export type LinkMade = Portal['LinkMadeOut']
export type OpenLink = Portal['OpenLinkOut']
export type LinkWish = Omit<Portal['LinkWishIn'], 'contact'> & Partial<Pick<Portal['LinkWishIn'], 'contact'>>
export type Promises = Portal['PromisesOut']
export type PaymentPromise = Portal['PromiseOut']
export type PromiseWanted = Portal['PromiseIn']
export type Started = Portal['StartedOut']

export type Paper = Portal['DocumentOut']
export type PaperKind = Paper['kind']
export type PaperWish = { kind: PaperKind } & Partial<Pick<Portal['DocumentWish'], 'first' | 'last' | 'amount'>>
export type LetterWish = Portal['LetterWish']
export type LetterSent = Portal['LetterOut']
export type Slip = Portal['SlipOut']
export type SlipSymbol = Portal['SlipSymbol']
export type SlipLines = Portal['SlipLines']
export type ActContract = Portal['ActContract']
export type ActLine = Portal['ActLine']
/** A line of an act that the customer disagrees with, and what became of that. */
export type Appeal = Portal['AppealOut']

export interface OperationsFilter {
  kind?: OperationKind | undefined
  /** Calendar days, both included. */
  from?: string | undefined
  to?: string | undefined
}
