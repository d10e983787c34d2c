// window.Paytm.CheckoutJS as shops use it; invoke() leads to the hosted page.
(() => {
  const source = new URL(document.currentScript.src);
  const base = source.href.split("/merchantpgpui/")[0];
  const mid = source.pathname.split("/").pop().replace(/\.js$/, "");
  let config = { data: {} };

  const invoke = () => {
    const { orderId, token } = config.data;
    const query = new URLSearchParams({ mid, orderId });
    const form = document.createElement("form");
    form.method = "post";
    form.action = `${base}/theia/api/v1/showPaymentPage?${query}`;
    for (const [name, value] of Object.entries({ mid, orderId, txnToken: token })) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
    document.body.append(form);
    form.submit();
  };

  window.Paytm = {
    CheckoutJS: {
      init: async (given) => { config = given; },
      onLoad: (ready) => { setTimeout(ready, 0); },
      invoke,
    },
  };
})();
