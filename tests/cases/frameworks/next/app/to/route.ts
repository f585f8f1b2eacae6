export const GET = (request: Request) => new Response(`Hello to ${new URL(request.url).searchParams.get("name")}`);
