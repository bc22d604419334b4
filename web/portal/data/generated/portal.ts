/* Generated from docs/reference/openapi-portal.json: npm run api-types. */

export interface paths {
    "/api/accounts/{account_id}/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Document List Get
         * @description The latest documents that one asked for, newest first.
         */
        get: operations["document_list"];
        put?: never;
        /**
         * Document Ask Post
         * @description Ask for a document. 422 `amount-wrong`, `period-wrong`; 409 `account-closed` for a slip of such an account.
         */
        post: operations["document_ask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/accounts/{account_id}/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Account Refresh Post
         * @description Ask for the account's state now. The answer comes by push; the id tells whether it is still awaited.
         */
        post: operations["account_refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/autopay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Autopay Get
         * @description One's rules that have not ended.
         */
        get: operations["autopay_list"];
        put?: never;
        /**
         * Autopay Post
         * @description Make a rule. 403 `proof-needed`; 409 `wrong-step`: the account has one.
         */
        post: operations["autopay_make"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/autopay/{rule_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Rule Delete
         * @description End it; what was announced is stopped.
         */
        delete: operations["autopay_end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/autopay/{rule_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause Post
         * @description Let it rest; what was announced is stopped.
         */
        post: operations["autopay_pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/autopay/{rule_id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume Post
         * @description Let it look again from now on. 403 `proof-needed`; 422 `card-expired`; 404 where its card is gone.
         */
        post: operations["autopay_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/autopay/{rule_id}/turns/{turn_id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn Stop Post
         * @description Take nothing this once. 409 `wrong-step` once it has begun.
         */
        post: operations["autopay_stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Document Get
         * @description Where a document stands.
         */
        get: operations["document_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/appeals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Document Appeals Get
         * @description The lines of a reconciliation statement that one has disagreed with, and what became of that.
         */
        get: operations["document_appeals"];
        put?: never;
        /**
         * Document Appeal Post
         * @description Disagree with a line of a reconciliation statement. 422 `words-wrong`; 409 `already-said` for it.
         */
        post: operations["document_appeal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Document File Get
         * @description The file to keep: PDF, of a statement CSV and XLSX too. 409 `not-ready`, `document-failed` with `trouble`.
         */
        get: operations["document_file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/letter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Document Letter Post
         * @description E-mail a link to the document. 422 `wrong-address`; 409 `no-letters`, `not-ready`, `document-failed`.
         */
        post: operations["document_letter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Document Lines Get
         * @description The lines of a reconciliation statement, to choose one from.
         */
        get: operations["document_lines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/slip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Document Slip Get
         * @description A slip as it is printed. 409 as of the file.
         */
        get: operations["document_slip"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Links Get
         * @description One's latest links of an account, newest first.
         */
        get: operations["link_list"];
        put?: never;
        /**
         * Link Post
         * @description Make a link for an account that one may pay. 409 `account-closed`, 422 `wrong-amount`.
         */
        post: operations["link_make"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/links/{link_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Link Revoke Post
         * @description Take a link back; once more changes nothing.
         */
        post: operations["link_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/links/open/look": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look Post
         * @description What the page of a link shows. 404 `no-link`, whatever the reason.
         */
        post: operations["link_look"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/links/open/pay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pay Post
         * @description Begin a payment by a link; `link_payment` tells where to go.
         */
        post: operations["link_pay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/links/open/payment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Payment Post
         * @description How far a payment by link is. 404 for every other payment.
         */
        post: operations["link_payment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Payments Get
         * @description One's latest payments, newest first.
         */
        get: operations["payment_list"];
        put?: never;
        /**
         * Payment Post
         * @description Begin. `payment_get` tells where to go as soon as the payment system has answered.
         */
        post: operations["payment_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/{payment_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Payment Get
         * @description One's own payment, with the time of each step that it has reached.
         */
        get: operations["payment_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/{payment_id}/again": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Payment Again Post
         * @description Another attempt of a payment that is closed. 409 `wrong-step` otherwise.
         */
        post: operations["payment_again"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/cards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Cards Get
         * @description One's kept cards, the one that comes first before the others.
         */
        get: operations["card_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/cards/{card_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Card Delete
         * @description It pays no more, and its token is forgotten here and at its provider's. 403 `proof-needed`.
         */
        delete: operations["card_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/cards/{card_id}/default": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Card Default Post
         * @description Let this card come first. 403 `proof-needed`; 422 `card-expired`.
         */
        post: operations["card_default"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/methods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Methods Get
         * @description What can be chosen, in the company's order.
         */
        get: operations["payment_methods"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Profile Change
         * @description The language of the portal and of its messages.
         */
        patch: operations["profile_change"];
        trace?: never;
    };
    "/api/promises": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Promises Get
         * @description What may be asked for an account, and one's latest promises for it, newest first.
         */
        get: operations["promise_list"];
        put?: never;
        /**
         * Promise Post
         * @description Ask. The answer stands in `promise_list`. 409 `no-promises`, `already-asked`; 422 `wrong-amount`, `wrong-day`.
         */
        post: operations["promise_ask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Registration Get
         * @description What the page shows now, after a reload as well. The same for a customer who exists and one who does not.
         */
        get: operations["registration_get"];
        put?: never;
        /**
         * Registration Post
         * @description Begin: the inside is asked, the answer is awaited by `registration_get`. 422 `unreadable-fact` with `field`.
         */
        post: operations["registration_begin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registration/again": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Registration Again Post
         * @description Another code, or what the inside has not answered once more. 429 before its time, 410 `registration-over`.
         */
        post: operations["registration_again"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registration/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Registration Code Post
         * @description The code of the SMS, judged inside: `checking`, then `proven`, `linked` or `refused`.
         */
        post: operations["registration_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registration/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Registration Password Post
         * @description The last step: the user is made and signed in. 422 `weak-password` with `reasons`, 409 `already-linked`.
         */
        post: operations["registration_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/requests/{request_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Request Get
         * @description The state of one's own request to the inside.
         */
        get: operations["request_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Session Get
         * @description Whether somebody is signed in; what the page needs to go on after a reload.
         */
        get: operations["session_get"];
        put?: never;
        post?: never;
        /**
         * Session Delete
         * @description Sign out; the browser forgets what it kept. Harmless without a session.
         */
        delete: operations["session_end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/alive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Session Alive Post
         * @description The page is really being used (key or pointer).
         */
        post: operations["session_alive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Session Code
         * @description Second step. 401 `wrong-code` with `tries_left`, 410 `code-expired`.
         */
        post: operations["session_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/code/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Session Code Resend
         * @description Another SMS; the code before it is dead.
         */
        post: operations["session_code_resend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Session Password
         * @description First step of signing in. 401 `wrong-credentials` for an unknown login just as for a wrong password.
         */
        post: operations["session_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Proof Post
         * @description First step of proving again who one is, before what answers 403 `proof-needed`. 401 `wrong-password`.
         */
        post: operations["proof_begin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/proof/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Proof Code Post
         * @description Second step; it holds for minutes. 401 `wrong-code` with `tries_left`, 410 `code-expired`, 409 `wrong-step`.
         */
        post: operations["proof_finish"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/proof/code/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Proof Resend Post
         * @description Another SMS; the code before it is dead. 409 `wrong-step` where no password was given before.
         */
        post: operations["proof_resend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * ActContract
         * @description `contract` is empty where the books have no contract but the account itself.
         */
        ActContract: {
            /** Conclusion */
            conclusion: string;
            /** Contract */
            contract: string;
            /** Rows */
            rows: components["schemas"]["ActLine"][];
        };
        /**
         * ActLine
         * @description One line of a reconciliation statement, as it is printed.
         */
        ActLine: {
            /** Credit */
            credit: string;
            /** Day */
            day: string;
            /** Debit */
            debit: string;
            /** Document */
            document: string;
            /** Line */
            line: number;
        };
        /**
         * AppealOut
         * @description A line that one has disagreed with: `taken` once staff looks into it, `answered` with their words.
         *
         *     `number` is what it is called by; `answer_by` the last day of its term, `is_late` when that passed without answer.
         */
        AppealOut: {
            /** Answer */
            answer: string | null;
            /**
             * Answer By
             * Format: date
             */
            answer_by: string;
            /** Answered At */
            answered_at: string | null;
            /** Is Late */
            is_late: boolean;
            /** Line */
            line: number;
            /** Note */
            note: string;
            /** Number */
            number: number;
            /**
             * Raised At
             * Format: date-time
             */
            raised_at: string;
            /**
             * State
             * @enum {string}
             */
            state: "new" | "taken" | "answered";
            /** Taken At */
            taken_at: string | null;
        };
        /**
         * Asked
         * @description Where to look what became of it.
         */
        Asked: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
        };
        /** Asking */
        Asking: {
            /** Finished At */
            finished_at: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Recorded At
             * Format: date-time
             */
            recorded_at: string;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "accepted" | "done" | "failed";
            /** Type */
            type: string;
        };
        /**
         * CardOut
         * @description A kept card. `expires`: `2030-12`, its last month; `methods`: the ways that it can pay.
         */
        CardOut: {
            /** Expires */
            expires: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Is Default */
            is_default: boolean;
            /** Is Expired */
            is_expired: boolean;
            /** Methods */
            methods: string[];
            /** Title */
            title: string;
        };
        /** Code */
        Code: {
            /** Code */
            code: string;
        };
        /** CodeSent */
        CodeSent: {
            /** Expires In S */
            expires_in_s: number;
            /** Resend After S */
            resend_after_s: number;
        };
        /**
         * CodeStep
         * @description A code is on its way to the phone.
         */
        CodeStep: {
            /** Expires In S */
            expires_in_s: number;
            /** Phone */
            phone: string;
            /** Resend After S */
            resend_after_s: number;
            /**
             * Step
             * @default code
             * @constant
             */
            step: "code";
        };
        /** Credentials */
        Credentials: {
            /** Login */
            login: string;
            /** Password */
            password: string;
        };
        /**
         * DocumentOut
         * @description `trouble` is a code, of a failed document alone; `period-too-large`: a shorter one would come.
         *
         *     `amount` in roubles, of a slip whose sum is not blank. `can_mail`: a link to it can be sent by e-mail.
         */
        DocumentOut: {
            /**
             * Account Id
             * Format: uuid
             */
            account_id: string;
            /** Amount */
            amount: string | null;
            /**
             * Asked At
             * Format: date-time
             */
            asked_at: string;
            /** Can Mail */
            can_mail: boolean;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** First */
            first: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "slip" | "statement" | "reconciliation" | "bill";
            /** Last */
            last: string | null;
            /** Ready At */
            ready_at: string | null;
            /**
             * State
             * @enum {string}
             */
            state: "asked" | "ready" | "failed";
            /** Trouble */
            trouble: string | null;
        };
        /**
         * DocumentWish
         * @description A slip has an `amount` or a blank sum, a bill its `bill` or is the latest, the others both days of a period.
         */
        DocumentWish: {
            /** Amount */
            amount?: string | null;
            /** Bill */
            bill?: string | null;
            /**
             * Currency
             * @default RUB
             */
            currency: string;
            /** First */
            first?: string | null;
            /**
             * Kind
             * @enum {string}
             */
            kind: "slip" | "statement" | "reconciliation" | "bill";
            /** Last */
            last?: string | null;
        };
        /**
         * Facts
         * @description The number of an account (or of a contract) and one fact that its paper shows.
         */
        Facts: {
            /**
             * Fact
             * @enum {string}
             */
            fact: "birth-date" | "last-bill" | "last-payment" | "contract" | "paper-code";
            /**
             * Locale
             * @default ru
             * @enum {string}
             */
            locale: "ru" | "en";
            /** Number */
            number: string;
            /** Value */
            value: string;
        };
        /**
         * LetterOut
         * @description Where the letter goes, masked.
         */
        LetterOut: {
            /** To */
            to: string;
        };
        /**
         * LetterWish
         * @description Where to send the link; `key` is the wish's own: the same key and address are the same letter.
         */
        LetterWish: {
            /** Email */
            email: string;
            /**
             * Key
             * Format: uuid
             */
            key: string;
        };
        /**
         * LinkIn
         * @description `amount` is proposed to the payer, who may change it; null proposes none.
         */
        LinkIn: {
            /**
             * Account
             * Format: uuid
             */
            account: string;
            /** Amount */
            amount?: string | null;
            /**
             * Days
             * @default 7
             */
            days: number;
        };
        /**
         * LinkMadeOut
         * @description `token` is shown this once: the address is `/l#<token>`.
         */
        LinkMadeOut: {
            link: components["schemas"]["LinkOut"];
            /** Token */
            token: string;
        };
        /**
         * LinkOut
         * @description `paid` is what has come by it so far.
         */
        LinkOut: {
            /**
             * Account
             * Format: uuid
             */
            account: string;
            /** Amount */
            amount: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Currency */
            currency: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Paid */
            paid: string;
            /**
             * State
             * @enum {string}
             */
            state: "open" | "expired" | "revoked";
        };
        /**
         * LinkWishIn
         * @description One action of the payer: `key` is made by his page once, and sent again with every repetition.
         */
        LinkWishIn: {
            /** Amount */
            amount: string;
            /**
             * Contact
             * @default
             */
            contact: string;
            /** Currency */
            currency: string;
            /**
             * Key
             * Format: uuid
             */
            key: string;
            /**
             * Locale
             * @default ru
             * @enum {string}
             */
            locale: "ru" | "en";
            /** Method */
            method: string;
            /** Token */
            token: string;
        };
        /**
         * MethodOut
         * @description A way to pay. Amounts are decimal strings of `currency`; the fee, that of today, is what the payer gives on top.
         *
         *     `title` is the company's own word for it; null where its kind says enough. `off`: why it cannot be chosen now.
         *     `receipt`: to what the fiscal receipt is sent; empty where the provider makes none. `saves`: a card may be kept.
         */
        MethodOut: {
            /**
             * Arrives
             * @enum {string}
             */
            arrives: "at-once" | "minutes" | "day";
            /** Currency */
            currency: string;
            /** Fee Least */
            fee_least: string;
            /** Fee Percent */
            fee_percent: string;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "card" | "sbp" | "wallet" | "bank";
            /** Least */
            least: string;
            /** Most */
            most: string;
            off: components["schemas"]["ReasonOut"] | null;
            /** Receipt */
            receipt: ("email" | "phone")[];
            /** Saves */
            saves: boolean;
            title: components["schemas"]["TitleOut"] | null;
        };
        /**
         * MovedOut
         * @description What staff has moved from the account `source` to another: `target` is null where it is not the customer's.
         */
        MovedOut: {
            /** Amount */
            amount: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Source
             * Format: uuid
             */
            source: string;
            /** Target */
            target: string | null;
        };
        /** NewPassword */
        NewPassword: {
            /** Password */
            password: string;
        };
        /**
         * Objection
         * @description The number of a line, and what is wrong with it in the customer's own words: 1 to 2,000 characters.
         */
        Objection: {
            /** Line */
            line: number;
            /**
             * Note
             * @default
             */
            note: string;
        };
        /**
         * OfferOut
         * @description What may be asked: up to `most`, from `first` to `last`.
         */
        OfferOut: {
            /** Currency */
            currency: string;
            /**
             * First
             * Format: date
             */
            first: string;
            /**
             * Last
             * Format: date
             */
            last: string;
            /** Most */
            most: string;
        };
        /** Opened */
        Opened: {
            /**
             * State
             * @default open
             * @constant
             */
            state: "open";
        };
        /**
         * OpenLinkOut
         * @description All that somebody unknown is told: to whom, for which account by its last signs, how much is proposed.
         *
         *     `purpose`: what staff that made the link says it is for.
         */
        OpenLinkOut: {
            /** Amount */
            amount: string | null;
            /** Company */
            company: string;
            /** Currency */
            currency: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Methods */
            methods: components["schemas"]["MethodOut"][];
            /** Purpose */
            purpose: string;
            /** Tail */
            tail: string;
        };
        /**
         * OpenPaymentOut
         * @description A payment as anybody may see it who comes back from the payment system: see `PaymentOut`.
         */
        OpenPaymentOut: {
            /**
             * Accepted At
             * Format: date-time
             */
            accepted_at: string;
            /** Amount */
            amount: string;
            /** Company */
            company: string;
            /** Confirmed At */
            confirmed_at: string | null;
            /** Currency */
            currency: string;
            /** Ended */
            ended: ("failed" | "cancelled" | "expired") | null;
            /** Go */
            go: {
                [key: string]: unknown;
            } | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Number */
            number: number;
            /** Posted At */
            posted_at: string | null;
            /** Reason */
            reason: string;
            /**
             * State
             * @enum {string}
             */
            state: "accepted" | "confirmed" | "posted" | "closed" | "review";
        };
        /** Password */
        Password: {
            /** Password */
            password: string;
        };
        /** PaymentIn */
        PaymentIn: {
            /**
             * Payment
             * Format: uuid
             */
            payment: string;
        };
        /**
         * PaymentOut
         * @description `go` is where the open attempt sends the payer: {kind: redirect|form|symbol, …}; null until it is known.
         *
         *     `ended` is how the last attempt ended without money, `reason` the payment system's own word for it; null and ""
         *     while it is open or paid.
         */
        PaymentOut: {
            /**
             * Accepted At
             * Format: date-time
             */
            accepted_at: string;
            /** Amount */
            amount: string;
            /** Confirmed At */
            confirmed_at: string | null;
            /** Currency */
            currency: string;
            /** Ended */
            ended: ("failed" | "cancelled" | "expired") | null;
            /** Go */
            go: {
                [key: string]: unknown;
            } | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Method */
            method: string;
            /** Moves */
            moves: components["schemas"]["MovedOut"][];
            /** Number */
            number: number;
            /** Posted At */
            posted_at: string | null;
            /** Reason */
            reason: string;
            receipt: components["schemas"]["ReceiptOut"] | null;
            /** Refunded */
            refunded: string;
            /** Returns */
            returns: components["schemas"]["ReturnedOut"][];
            /** Shares */
            shares: components["schemas"]["ShareOut"][];
            /**
             * State
             * @enum {string}
             */
            state: "accepted" | "confirmed" | "posted" | "closed" | "review";
        };
        /** Profile */
        Profile: {
            /**
             * Locale
             * @enum {string}
             */
            locale: "ru" | "en";
        };
        /** PromiseIn */
        PromiseIn: {
            /**
             * Account
             * Format: uuid
             */
            account: string;
            /** Amount */
            amount: string;
            /**
             * Until
             * Format: date
             */
            until: string;
        };
        /**
         * PromiseOut
         * @description `granted_until` and `reason` are the inside's answer.
         *
         *     Known reasons: nothing-owed, too-much, day-passed, too-late, one-stands, too-often, not-judged; an accounting may
         *     have others, as words for the customer.
         */
        PromiseOut: {
            /** Amount */
            amount: string;
            /** Answered At */
            answered_at: string | null;
            /**
             * Asked At
             * Format: date-time
             */
            asked_at: string;
            /** Currency */
            currency: string;
            /** Granted Until */
            granted_until: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Reason */
            reason: string;
            /**
             * State
             * @enum {string}
             */
            state: "asked" | "granted" | "refused";
            /**
             * Until
             * Format: date
             */
            until: string;
        };
        /**
         * PromisesOut
         * @description `offer` is null where no promise is taken for this account.
         */
        PromisesOut: {
            offer: components["schemas"]["OfferOut"] | null;
            /** Promises */
            promises: components["schemas"]["PromiseOut"][];
        };
        /** ReasonOut */
        ReasonOut: {
            /** En */
            en: string;
            /** Ru */
            ru: string;
        };
        /**
         * ReceiptOut
         * @description A fiscal receipt. `contact` is where it goes, masked; the numbers are what a tax office checks it by.
         *
         *     `link`: a copy of it at the operator of fiscal data; empty where the provider names none.
         */
        ReceiptOut: {
            /** Contact */
            contact: string;
            /** Drive */
            drive: string;
            /** Link */
            link: string;
            /** Number */
            number: string;
            /** Registered At */
            registered_at: string | null;
            /** Sign */
            sign: string;
            /**
             * State
             * @enum {string}
             */
            state: "asked" | "registered" | "failed";
        };
        /**
         * RegistrationOut
         * @description Where the registration stands; `facts` are the kinds of facts that this company accepts.
         */
        RegistrationOut: {
            /** Again After S */
            again_after_s?: number | null;
            /** Expires At */
            expires_at?: string | null;
            /** Facts */
            facts: ("birth-date" | "last-bill" | "last-payment" | "contract" | "paper-code")[];
            /** Login */
            login?: string | null;
            /**
             * State
             * @enum {string}
             */
            state: "none" | "asking" | "code-sent" | "refused" | "checking" | "proven" | "linked" | "away" | "expired";
            /** Tail */
            tail?: string | null;
            /** Tries Left */
            tries_left?: number | null;
        };
        /**
         * ReturnedOut
         * @description What went back to the payer: `refund` by the company, `bank` because his bank took it.
         */
        ReturnedOut: {
            /** Amount */
            amount: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "refund" | "bank";
        };
        /**
         * RuleIn
         * @description `day` with kind `day` alone; `ceiling` is a decimal string of the account's currency.
         */
        RuleIn: {
            /**
             * Account
             * Format: uuid
             */
            account: string;
            /**
             * Card
             * Format: uuid
             */
            card: string;
            /** Ceiling */
            ceiling: string;
            /**
             * Contact
             * @default
             */
            contact: string;
            /** Day */
            day?: number | null;
            /**
             * Kind
             * @enum {string}
             */
            kind: "day" | "debt";
            /**
             * Locale
             * @default ru
             * @enum {string}
             */
            locale: "ru" | "en";
        };
        /** RuleMadeOut */
        RuleMadeOut: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
        };
        /**
         * RuleOut
         * @description `look_at`: when the account is looked at next, a day before anything is taken; null while the rule rests.
         */
        RuleOut: {
            /**
             * Account
             * Format: uuid
             */
            account: string;
            /**
             * Card
             * Format: uuid
             */
            card: string;
            /** Card Title */
            card_title: string;
            /** Ceiling */
            ceiling: string;
            /** Currency */
            currency: string;
            /** Day */
            day: number | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "day" | "debt";
            /** Look At */
            look_at: string | null;
            /**
             * State
             * @enum {string}
             */
            state: "on" | "paused";
            turn: components["schemas"]["TurnOut"] | null;
        };
        /**
         * SessionOut
         * @description `company`: whom this person pays, as it calls itself.
         */
        SessionOut: {
            /** Company */
            company?: string | null;
            /** Expires At */
            expires_at?: string | null;
            /** Idle Until */
            idle_until?: string | null;
            /** Phone */
            phone?: string | null;
            /** Resend After S */
            resend_after_s?: number | null;
            /**
             * State
             * @enum {string}
             */
            state: "closed" | "code" | "open";
            user?: components["schemas"]["UserOut"] | null;
        };
        /** ShareIn */
        ShareIn: {
            /**
             * Account
             * Format: uuid
             */
            account: string;
            /** Amount */
            amount: string;
        };
        /** ShareOut */
        ShareOut: {
            /**
             * Account
             * Format: uuid
             */
            account: string;
            /** Amount */
            amount: string;
            /** Posted */
            posted: boolean;
        };
        /**
         * SlipLines
         * @description The printed lines of a slip, sign by sign as in its file. Both parts of a blank sum are empty.
         */
        SlipLines: {
            /** Account */
            account: string;
            /** Address */
            address: string;
            /** Bank */
            bank: string;
            /** Bic */
            bic: string;
            /** Correspondent Account */
            correspondent_account: string;
            /** Inn */
            inn: string;
            /** Kopecks */
            kopecks: string;
            /** Kpp */
            kpp: string;
            /** Name */
            name: string;
            /** Number */
            number: string;
            /** Payee */
            payee: string;
            /** Period */
            period: string;
            /** Purpose */
            purpose: string;
            /** Roubles */
            roubles: string;
        };
        /**
         * SlipOut
         * @description A slip to look at and to print; `payees` as compared with the slips that one has seen before.
         *
         *     `symbol` is the payment code, `sbp` the payee's static link, which does not say who pays: None where it has none.
         */
        SlipOut: {
            /**
             * As Of
             * Format: date-time
             */
            as_of: string;
            lines: components["schemas"]["SlipLines"];
            /**
             * Payees
             * @enum {string}
             */
            payees: "same" | "changed" | "outdated";
            sbp: components["schemas"]["SlipSymbol"] | null;
            symbol: components["schemas"]["SlipSymbol"];
        };
        /**
         * SlipSymbol
         * @description A code as a path of an SVG drawing, `side` modules wide and high, its silence included.
         */
        SlipSymbol: {
            /** Path */
            path: string;
            /** Side */
            side: number;
        };
        /** StartedOut */
        StartedOut: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
        };
        /** TitleOut */
        TitleOut: {
            /** En */
            en: string;
            /** Ru */
            ru: string;
        };
        /** TokenIn */
        TokenIn: {
            /** Token */
            token: string;
        };
        /**
         * TurnOut
         * @description The latest charge. `reason` of a skipped one: ceiling, card-expired, card-gone, nothing-owed, rule-off.
         *
         *     Of a failed one: refused, or owner-wanted where the bank wants the customer to confirm what he pays.
         */
        TurnOut: {
            /** Amount */
            amount: string;
            /**
             * Due On
             * Format: date
             */
            due_on: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Payment */
            payment: string | null;
            /** Reason */
            reason: string;
            /**
             * State
             * @enum {string}
             */
            state: "announced" | "charging" | "paid" | "failed" | "skipped" | "stopped";
        };
        /** UserOut */
        UserOut: {
            /** Locale */
            locale: string;
            /** Name */
            name: string;
        };
        /**
         * WishIn
         * @description One action of the customer: `key` is made by his page once, and sent again with every repetition.
         *
         *     `card`: a kept one that pays. `save_card`: he agrees that this one is kept. `contact`: where the receipt goes.
         */
        WishIn: {
            /** Card */
            card?: string | null;
            /**
             * Contact
             * @default
             */
            contact: string;
            /** Currency */
            currency: string;
            /**
             * Key
             * Format: uuid
             */
            key: string;
            /**
             * Locale
             * @default ru
             * @enum {string}
             */
            locale: "ru" | "en";
            /** Method */
            method: string;
            /**
             * Save Card
             * @default false
             */
            save_card: boolean;
            /** Shares */
            shares: components["schemas"]["ShareIn"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    document_list: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentOut"][];
                };
            };
        };
    };
    document_ask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DocumentWish"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Asked"];
                };
            };
        };
    };
    account_refresh: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Asked"];
                };
            };
        };
    };
    autopay_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleOut"][];
                };
            };
        };
    };
    autopay_make: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleIn"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleMadeOut"];
                };
            };
        };
    };
    autopay_end: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    autopay_pause: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    autopay_resume: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    autopay_stop: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
                turn_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    document_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentOut"];
                };
            };
        };
    };
    document_appeals: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AppealOut"][];
                };
            };
        };
    };
    document_appeal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Objection"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Asked"];
                };
            };
        };
    };
    document_file: {
        parameters: {
            query?: {
                form?: "pdf" | "csv" | "xlsx";
            };
            header?: never;
            path: {
                document_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    document_letter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LetterWish"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LetterOut"];
                };
            };
        };
    };
    document_lines: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActContract"][];
                };
            };
        };
    };
    document_slip: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                document_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SlipOut"];
                };
            };
        };
    };
    link_list: {
        parameters: {
            query: {
                account: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkOut"][];
                };
            };
        };
    };
    link_make: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkIn"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkMadeOut"];
                };
            };
        };
    };
    link_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                link_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkOut"];
                };
            };
        };
    };
    link_look: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenIn"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenLinkOut"];
                };
            };
        };
    };
    link_pay: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkWishIn"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedOut"];
                };
            };
        };
    };
    link_payment: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PaymentIn"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenPaymentOut"];
                };
            };
        };
    };
    payment_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentOut"][];
                };
            };
        };
    };
    payment_start: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WishIn"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedOut"];
                };
            };
        };
    };
    payment_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                payment_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentOut"];
                };
            };
        };
    };
    payment_again: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                payment_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedOut"];
                };
            };
        };
    };
    card_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CardOut"][];
                };
            };
        };
    };
    card_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                card_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    card_default: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                card_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    payment_methods: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MethodOut"][];
                };
            };
        };
    };
    profile_change: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Profile"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
        };
    };
    promise_list: {
        parameters: {
            query: {
                account: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromisesOut"];
                };
            };
        };
    };
    promise_ask: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromiseIn"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedOut"];
                };
            };
        };
    };
    registration_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationOut"];
                };
            };
        };
    };
    registration_begin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Facts"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationOut"];
                };
            };
        };
    };
    registration_again: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationOut"];
                };
            };
        };
    };
    registration_code: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Code"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationOut"];
                };
            };
        };
    };
    registration_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPassword"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Opened"];
                };
            };
        };
    };
    request_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                request_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Asking"];
                };
            };
        };
    };
    session_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
        };
    };
    session_end: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    session_alive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    session_code: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Code"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Opened"];
                };
            };
        };
    };
    session_code_resend: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeSent"];
                };
            };
        };
    };
    session_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeStep"];
                };
            };
        };
    };
    proof_begin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Password"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeStep"];
                };
            };
        };
    };
    proof_finish: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Code"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    proof_resend: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeSent"];
                };
            };
        };
    };
}
