import { Webhook, WebhookVerificationError } from "standardwebhooks";

/**
 * Answers what Lector's webhooks send, and believes only what Lector has signed. For everything
 * that has Request and Response: Bun.serve, Deno.serve, Next.js, Workers.
 *
 * `secret` is what `lector notify add https://this-machine.example.org/` prints, once.
 */
export function receiver(
  secret: string,
  tell: (type: string, data: unknown) => void,
) {
  const webhook = new Webhook(secret);
  const told = new Set<string>(); // after a crash Lector may tell the same thing twice
  return async (request: Request): Promise<Response> => {
    try {
      const data = webhook.verify(
        await request.text(),
        Object.fromEntries(request.headers),
      );
      const id = request.headers.get("webhook-id") ?? "";
      if (!told.has(id)) tell(request.headers.get("ce-type") ?? "", data);
      told.add(id);
      return new Response(null, { status: 204 });
    } catch (problem) {
      if (!(problem instanceof WebhookVerificationError)) throw problem;
      return new Response(null, { status: 401 });
    }
  };
}
