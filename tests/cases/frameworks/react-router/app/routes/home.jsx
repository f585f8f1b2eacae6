export const loader = ({ request }) => new URL(request.url).searchParams.get("name");

export default function Home({ loaderData }) {
  return <h1>{`Hello from React Router to ${loaderData}`}</h1>;
}
