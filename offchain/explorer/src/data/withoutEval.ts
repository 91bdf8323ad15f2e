import * as z from "zod";

// Imported before anything that makes a schema: zod would try whether it may compile them, which the policy refuses and reports.
z.config({ jitless: true });
