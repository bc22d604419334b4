/* Generated from docs/reference/openapi-live.json: npm run api-types. */

export interface paths {
    "/live/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Frames as server-sent events; the id of each is the cursor to come again with. */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/live/v1/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Operations by cursor, newest first */
        get: operations["operations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/live/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** State of an account, its last operations, and the list of all */
        get: operations["overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/live/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same frames over a WebSocket: 101; each text message is one frame. */
        get: operations["stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/live/v1/year": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Charged and paid in the last twelve months */
        get: operations["year"];
        put?: never;
        post?: never;
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
         * AccountFrame
         * @description State of an account and its operations after the last frame, oldest first; `more` when others wait.
         */
        AccountFrame: {
            account: string;
            /** Format: date-time */
            as_of: string;
            /**
             * @example 1234.50
             * @example -100.00
             */
            balance: string;
            due: components["schemas"]["Due"] | null;
            id: string;
            more: boolean;
            operations: components["schemas"]["Operation"][];
            position: number;
            stale: boolean;
            /** @enum {unknown} */
            status: "active" | "blocked" | "closed";
            /** @enum {unknown} */
            type: "account";
        };
        /**
         * Age
         * @description How old an account's figures are.
         */
        Age: {
            account: string;
            /** Format: date-time */
            as_of: string;
            stale: boolean;
        };
        /**
         * AgeFrame
         * @description How old the figures of all accounts are, after news of their system.
         */
        AgeFrame: {
            accounts: components["schemas"]["Age"][];
            /** @enum {unknown} */
            type: "age";
        };
        /**
         * Brief
         * @description An account in the list of all. `as_of`: how old the figure is; `stale`: older than a minute, or a gap.
         */
        Brief: {
            account: string;
            /** Format: date-time */
            as_of: string;
            /**
             * @example 1234.50
             * @example -100.00
             */
            balance: string;
            currency: string;
            stale: boolean;
            /** @enum {unknown} */
            status: "active" | "blocked" | "closed";
            tail: string;
            title: string;
        };
        /**
         * ByeFrame
         * @description The last frame. After `too-slow` and `shutdown` come again with `after`; after `session-ended` sign in.
         */
        ByeFrame: {
            /** @enum {unknown} */
            reason: "session-ended" | "shutdown" | "too-slow";
            /** @enum {unknown} */
            type: "bye";
        };
        /**
         * Due
         * @description What is to be paid, and by when.
         */
        Due: {
            /**
             * @example 1234.50
             * @example -100.00
             */
            amount: string;
            on: string | null;
        };
        /**
         * HelloFrame
         * @description The first frame: the session's accounts.
         */
        HelloFrame: {
            accounts: components["schemas"]["Place"][];
            /** @enum {unknown} */
            type: "hello";
        };
        /**
         * MonthSums
         * @description Charged less paid is what the month added to the balance.
         */
        MonthSums: {
            /**
             * @example 1234.50
             * @example -100.00
             */
            charged: string;
            /** @example 2026-11 */
            month: string;
            /**
             * @example 1234.50
             * @example -100.00
             */
            paid: string;
        };
        /**
         * Operation
         * @description One line of the history. `position` counts from 1 without gaps; `amount` is its effect on the balance.
         */
        Operation: {
            /**
             * @example 1234.50
             * @example -100.00
             */
            amount: string;
            /**
             * @example 1234.50
             * @example -100.00
             */
            balance: string;
            channel: string | null;
            key: string;
            /** @enum {unknown} */
            kind: "charge" | "correction" | "credit" | "payment" | "refund";
            position: number;
            /** Format: date-time */
            posted_at: string;
            text: string;
        };
        /**
         * Overview
         * @description All accounts in the order they were granted, and the one asked for (else the first; null when there is none).
         */
        Overview: {
            account: components["schemas"]["State"] | null;
            accounts: components["schemas"]["Brief"][];
        };
        /**
         * Page
         * @description Operations, newest first. `next`: the `before` of the next page; a page may be short, even empty, before it.
         */
        Page: {
            next: number | null;
            operations: components["schemas"]["Operation"][];
        };
        /**
         * Place
         * @description Where an account is.
         */
        Place: {
            account: string;
            position: number;
        };
        /**
         * ProblemShape
         * @description A refusal (RFC 9457). `title` and `detail` in the language of Accept-Language.
         */
        ProblemShape: {
            code: string;
            detail: string;
            instance: string;
            /** @enum {unknown} */
            retry: "after" | "never";
            status: number;
            title: string;
            type: string;
        };
        /**
         * State
         * @description One account with its last operations, at most 20, newest first. `position`: the cursor to stream from.
         */
        State: {
            account: string;
            /** Format: date-time */
            as_of: string;
            /**
             * @example 1234.50
             * @example -100.00
             */
            balance: string;
            currency: string;
            due: components["schemas"]["Due"] | null;
            operations: components["schemas"]["Operation"][];
            position: number;
            stale: boolean;
            /** @enum {unknown} */
            status: "active" | "blocked" | "closed";
            tail: string;
            title: string;
        };
        /**
         * Year
         * @description Twelve months, oldest first, the running one last.
         */
        Year: {
            months: components["schemas"]["MonthSums"][];
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
    events: {
        parameters: {
            query?: {
                /** @description What the client has: `account:position`, joined by commas. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Frames follow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["HelloFrame"] | components["schemas"]["AccountFrame"] | components["schemas"]["AgeFrame"] | components["schemas"]["ByeFrame"];
                };
            };
            /** @description `bad-request`: The request makes no sense */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `no-session`: You are not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `foreign-origin`: The request comes from another site */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `too-many-streams`: Too many pages are open */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `busy`: There are too many requests now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
        };
    };
    operations: {
        parameters: {
            query: {
                /** @description Which account; of the overview: the first one granted when it is not given. */
                account: string;
                /** @description Operations before this position; `next` of the page before. */
                before?: number;
                /** @description From this day of the company's calendar on. */
                from?: string;
                /** @description Only this kind. */
                kind?: "charge" | "correction" | "credit" | "payment" | "refund";
                /** @description At most so many. */
                limit?: number;
                /** @description To this day, included. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Read */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page"];
                };
            };
            /** @description `bad-request`: The request makes no sense */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `no-session`: You are not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `not-found`: There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `busy`: There are too many requests now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
        };
    };
    overview: {
        parameters: {
            query?: {
                /** @description Which account; of the overview: the first one granted when it is not given. */
                account?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Read */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description `bad-request`: The request makes no sense */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `no-session`: You are not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `not-found`: There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `busy`: There are too many requests now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
        };
    };
    stream: {
        parameters: {
            query?: {
                /** @description What the client has: `account:position`, joined by commas. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Frames follow */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `bad-request`: The request makes no sense */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `no-session`: You are not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `foreign-origin`: The request comes from another site */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `too-many-streams`: Too many pages are open */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `busy`: There are too many requests now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
        };
    };
    year: {
        parameters: {
            query: {
                /** @description Which account; of the overview: the first one granted when it is not given. */
                account: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Read */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Year"];
                };
            };
            /** @description `bad-request`: The request makes no sense */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `no-session`: You are not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `not-found`: There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
            /** @description `busy`: There are too many requests now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemShape"];
                };
            };
        };
    };
}
