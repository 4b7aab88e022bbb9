// Put by `bscb watch` into the copy of a page that it sends, never into the report: shows what was made anew.
const name = (place) => place.split("/").pop();

function show(place) {
  if (place === location.pathname) return location.reload();
  location.replace(place + location.hash);
}

new EventSource("/changes").onmessage = ({ data }) => {
  const here = name(location.pathname);
  if (data.endsWith(".html")) {
    if (name(data) === here) show(data);
  } else {
    show(data + here);
  }
};
