// Trusted Types: the one policy of the pages. htmx swaps in what our own server rendered, so mark-up passes (it cannot
// run anything: the content security policy allows no inline script). Text never becomes a script, and no script comes
// from an address that is not among our own files.
"use strict";

if (window.trustedTypes && !trustedTypes.defaultPolicy) {
  trustedTypes.createPolicy("default", {
    createHTML: (text) => text,
    createScriptURL: (text) => {
      const address = new URL(text, document.baseURI);
      return address.origin === location.origin && address.pathname.startsWith("/static/") ? address.href : null;
    },
  });
}
