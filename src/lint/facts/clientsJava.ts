import type { ClientLibrary } from './clientLibrary.ts';

/** Of a class of the JDK, whose import may be one of the whole package. */
const jdkClient = String.raw`^(?:java\.net\.http\.|global#)HttpClient`;
const httpClient = String.raw`^org\.apache\.(?:http\.(?:client|impl\.(?:client|nio\.client)|nio\.client)|hc\.client5\.http\.(?:classic|async|impl\.(?:classic|async)))`;
const web = String.raw`^org\.springframework\.web`;

/** Client libraries of Java. Written 2026-11. */
export const javaClients: readonly ClientLibrary[] = [
  {
    id: 'java-http-client',
    transport: 'http',
    sends: new RegExp(`${jdkClient}(?:\\(\\)|\\.new\\w+\\(\\)(?:\\.\\w+\\(\\))*)\\.send(?:Async)?$`),
    headers: { from: 0, only: true },
  },
  {
    id: 'okhttp',
    transport: 'http',
    sends: /^okhttp3\.OkHttpClient(?:\.Builder)?\(\)(?:\.\w+\(\))*\.newCall$/,
    headers: { from: 0, only: true },
  },
  {
    id: 'httpurlconnection',
    transport: 'http',
    sends: /(?:^java\.net\.|^global#)UR[LI](?:\.create)?\(\)(?:\.toURL\(\))?\.openConnection$/,
    headers: { bound: true },
  },
  {
    id: 'apache-httpclient',
    transport: 'http',
    sends: new RegExp(
      `${httpClient}\\.(?:\\w*HttpClients?|HttpClientBuilder)(?:\\.\\w+)?\\(\\)(?:\\.\\w+\\(\\))*\\.execute$`,
    ),
    headers: { from: 0 },
  },
  {
    id: 'resttemplate',
    transport: 'http',
    sends: new RegExp(`${web}\\.client\\.RestTemplate\\(\\)\\.(?:getFor|headFor|optionsFor|delete)\\w*$`),
  },
  {
    id: 'resttemplate',
    transport: 'http',
    sends: new RegExp(`${web}\\.client\\.RestTemplate\\(\\)\\.(?:postFor|patchFor|put)\\w*$`),
    headers: { from: 1, only: true },
  },
  {
    id: 'resttemplate',
    transport: 'http',
    sends: new RegExp(`${web}\\.client\\.RestTemplate\\(\\)\\.(?:exchange|execute)$`),
    headers: { from: 0 },
  },
  {
    id: 'restclient',
    transport: 'http',
    sends: new RegExp(
      `${web}\\.client\\.RestClient(?:\\.\\w+)?\\(\\)(?:\\.\\w+\\(\\))*\\.(?:retrieve|exchange)$`,
    ),
    headers: { chain: true },
  },
  {
    id: 'webclient',
    transport: 'http',
    sends: new RegExp(
      `${web}\\.reactive\\.function\\.client\\.WebClient(?:\\.\\w+)?\\(\\)(?:\\.\\w+\\(\\))*\\.(?:retrieve|exchange(?:ToMono|ToFlux)?)$`,
    ),
    headers: { chain: true },
  },
];
