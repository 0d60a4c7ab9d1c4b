/** Catches a crash inside a panel, so that the rest of the page stays. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { Copy } from "../ui/Copy";

interface Props {
  /** The name of the panel: "page", "graph". */
  name: string;
  /** Another value clears the error. */
  resetKey?: string;
  children: ReactNode;
}

interface State {
  error: Error | null;
  resetKey: string | undefined;
}

export class ErrorBoundary extends Component<Props, State> {
  state: State = { error: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.resetKey === state.resetKey ? null : { error: null, resetKey: props.resetKey };
  }

  render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Stack className="panel" role="alert" m="md" p="md" gap="xs">
        <Text fw={600}>
          This {this.props.name} failed: {error.message}
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => this.setState({ error: null })}>
            Try again
          </Button>
          <Copy text={`${error.message}\n${error.stack ?? ""}`} label="Copy details" />
        </Group>
      </Stack>
    );
  }
}
