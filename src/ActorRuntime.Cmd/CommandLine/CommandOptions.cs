namespace ActorRuntime.Cmd.CommandLine;

/// <summary>How commands are sent and their results shown.</summary>
/// <param name="Address">The node.</param>
/// <param name="Json">Results as one line of JSON each instead of tables.</param>
/// <param name="Follow">Streams go on until interrupted, also those of commands not called <c>tail</c>.</param>
/// <param name="Timeout">How long to wait for the connection and for an answer; streams wait for ever once connected.</param>
internal sealed record CommandOptions(NodeAddress Address, bool Json, bool Follow, TimeSpan Timeout);
