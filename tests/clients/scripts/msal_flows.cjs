// Microsoft's `@azure/msal-node` against the lab: every flow it has that the lab plays, and
// refusals. Talks with the test as conversation.py does.

"use strict";

const { createHash, X509Certificate } = require("node:crypto");
const { readFileSync } = require("node:fs");
const msal = require("@azure/msal-node");

const world = JSON.parse(readFileSync(0, "utf8"));

const tell = (event, members) => console.log(JSON.stringify({ event, ...members }));

// What the lab needs of a client. Without `knownAuthorities` the real cloud would be asked.
const surroundings = (id) => ({
  clientId: id,
  authority: world.authority,
  knownAuthorities: [new URL(world.authority).host],
});

const confidential = (app, credential) =>
  new msal.ConfidentialClientApplication({ auth: { ...surroundings(app.id), ...credential } });

// What both languages report of a result.
const seen = async (promise) => {
  try {
    const result = await promise;
    const left = Math.round((result.expiresOn.getTime() - Date.now()) / 1000);
    return { token: result.accessToken, cached: result.fromCache, expires_in: left };
  } catch (error) {
    const needsPerson = error instanceof msal.InteractionRequiredAuthError;
    const polling = error.errorCode === "post_request_failed";
    if (!needsPerson && !polling && !(error instanceof msal.ServerError)) throw error;
    return {
      // While it polls for a device code the library has a code of its own for all refusals.
      error: polling ? error.errorMessage : error.errorCode,
      suberror: error.subError || null,
      code: error.errorNo ? Number(error.errorNo) : null,
      claims: error.claims || null,
      needs_person: needsPerson,
    };
  }
};

const main = async () => {
  const flows = {};

  // A person at a terminal.
  const terminal = new msal.PublicClientApplication({ auth: surroundings(world.terminal.id) });
  const tools = `api://${world.tools.id}`;
  const device = (step) =>
    seen(
      terminal.acquireTokenByDeviceCode({
        scopes: [`${tools}/tools.read`],
        deviceCodeCallback: ({ userCode, verificationUri, message }) =>
          tell(step, { user_code: userCode, page: verificationUri, text: message }),
      }),
    );
  flows.device = await device("device");
  flows.device_declined = await device("device_declined");

  const signedIn = flows.device.token;
  const [account] = await terminal.getTokenCache().getAllAccounts();
  const person = { name: account.username, id: account.localAccountId };
  const silent = (scope, forceRefresh = false) =>
    seen(terminal.acquireTokenSilent({ scopes: [scope], account, forceRefresh }));
  flows.silent = await silent(`${tools}/tools.read`);
  flows.refresh = await silent(`${tools}/tools.read`, true);
  flows.refresh_other_resource = await silent(`api://${world.blueprint.id}/access_as_user`);

  // An application as itself.
  const { nightly } = world;
  const thumbprintSha256 = createHash("sha256")
    .update(new X509Certificate(nightly.certificate).raw)
    .digest("hex");
  const clientCertificate = { privateKey: nightly.key, thumbprintSha256 };
  const forTools = { scopes: [`${tools}/.default`] };
  const withSecret = confidential(nightly, { clientSecret: nightly.secret });
  flows.secret = await seen(withSecret.acquireTokenByClientCredential(forTools));
  flows.secret_again = await seen(withSecret.acquireTokenByClientCredential(forTools));
  flows.certificate = await seen(
    confidential(nightly, { clientCertificate }).acquireTokenByClientCredential(forTools),
  );
  flows.secret_wrong = await seen(
    confidential(nightly, { clientSecret: "guess" }).acquireTokenByClientCredential(forTools),
  );

  // An API that calls another one for the person.
  const middle = confidential(world.tools, { clientSecret: world.tools.secret });
  const graph = "https://graph.microsoft.com";
  const onBehalfOf = (oboAssertion, scope) =>
    seen(middle.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scope] }));
  flows.on_behalf_of = await onBehalfOf(signedIn, `${graph}/User.Read`);
  flows.consent_missing = await onBehalfOf(signedIn, `${graph}/Mail.Read`);
  flows.assertion_for_another = await onBehalfOf(flows.on_behalf_of.token, `${graph}/User.Read`);
  flows.sign_in_demanded = await onBehalfOf(signedIn, "api://plain.contoso.example/plain.read");

  // An agent, which has no credential but its blueprint's word.
  const exchange = { scopes: ["api://AzureADTokenExchange/.default"] };
  const blueprint = confidential(world.blueprint, { clientSecret: world.blueprint.secret });
  const clientAssertion = async () => {
    const request = { ...exchange, fmiPath: world.agent.id };
    return (await blueprint.acquireTokenByClientCredential(request)).accessToken;
  };
  const agent = confidential(world.agent, { clientAssertion });
  flows.agent_alone = await seen(agent.acquireTokenByClientCredential(forTools));
  flows.agent_on_behalf_of = await seen(
    agent.acquireTokenOnBehalfOf({
      ...forTools,
      oboAssertion: flows.refresh_other_resource.token,
    }),
  );
  const passport = await agent.acquireTokenByClientCredential(exchange);
  flows.agent_user = await seen(
    agent.acquireTokenByUserFederatedIdentityCredential({
      ...forTools,
      assertion: passport.accessToken,
      username: world.agent_user,
    }),
  );
  flows.agent_without_path = await seen(blueprint.acquireTokenByClientCredential(exchange));

  tell("result", { version: msal.version, person, flows });
};

main();
