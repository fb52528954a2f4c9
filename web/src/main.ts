import { embed } from "./app/embed";
import { Theme } from "./app/theme";
import { startLanguage } from "./i18n";
import { adoptTokens } from "./styles/tokens";

adoptTokens();
new Theme().start();
embed.start();
// The app is imported after the language, so that nothing is drawn twice.
void startLanguage().then(() => import("./app/app"));
