// What the customer's device can do: its platform, and how it opens a UPI app.

const agent = navigator.userAgent;

export function platform() {
  if (/android/i.test(agent)) return "android";
  if (/iphone|ipad|ipod/i.test(agent) || (/macintosh/i.test(agent) && navigator.maxTouchPoints > 1)) return "ios";
  return /mobi/i.test(agent) ? "mobile_web" : "desktop";
}

export const onPhone = () => platform() !== "desktop";

// What an attempt tells of the device that it is started on.
export const thisDevice = () => ({ platform: platform(), user_agent: agent.slice(0, 1000) });

// The apps that a phone may have: a browser cannot tell which ones are installed.
export const UPI_APPS = "gpay,phonepe,paytm,bhim,cred,amazonpay";

// Browsers inside other apps often refuse to open a UPI app.
export const inAppBrowser = () => /; wv\)|FBAN|FBAV|Instagram|Line\/|MicroMessenger|Snapchat/.test(agent);

// On Android a browser opens one app by an intent with its package.
export function appLink(app) {
  if (!app.package || !/Android/.test(agent)) return app.uri;
  return `intent://${app.uri.slice("upi://".length)}#Intent;scheme=upi;package=${app.package};end`;
}
