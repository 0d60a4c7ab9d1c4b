/** The switch between the colour schemes: the system's, light, dark. */

import { ActionIcon, type MantineColorScheme, Tooltip, useMantineColorScheme } from "@mantine/core";
import { Monitor, Moon, Sun } from "lucide-react";

const NEXT: Record<MantineColorScheme, MantineColorScheme> = { auto: "light", light: "dark", dark: "auto" };
const LOOKS = {
  auto: { icon: Monitor, label: "Colours of the system" },
  light: { icon: Sun, label: "Light" },
  dark: { icon: Moon, label: "Dark" },
};

export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { icon: Icon, label } = LOOKS[colorScheme];
  return (
    <Tooltip label={`${label}: change to ${LOOKS[NEXT[colorScheme]].label.toLowerCase()}`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Colour scheme: ${label}`}
        onClick={() => setColorScheme(NEXT[colorScheme])}
      >
        <Icon size={17} />
      </ActionIcon>
    </Tooltip>
  );
}
