using System.Text.Json.Nodes;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Management;

namespace ActorRuntime.Node.Commands;

/// <summary>What a node's signal channel knows, as tables. Pure.</summary>
internal static class SignalTables
{
    /// <summary><c>signal show</c>: this node's lease in the first row; below, who is heard, since when, what is believed of whom.</summary>
    public static JsonObject Peers(SignalTable table) => CommandResult.Table(
        [
            "peer", "state", "lease-left-ms", "heard-ms-ago", "jitter-ms", "heard", "missed", "duplicates", "late", "view", "votes-lost", "silent", "store",
        ],
        table.Peers.Select(peer => (IReadOnlyList<JsonNode?>)
        [
            peer.Peer.Name, CommandWords.Of(peer.State) + (peer.IsDeaf ? " (deaf)" : ""), null, Ms(peer.HeardAgo), Ms(peer.Jitter), peer.Heard, peer.Missed, peer.Duplicates, peer.Late,
            peer.AppliedVersion < 0 ? null : peer.AppliedVersion, Names(peer.Supports), Names(peer.Silent),
            peer.IsSteppedDown ? "unreachable" : "ok",
        ]).Prepend(
        [
            $"{table.Self.Name} (this node)", table.IsOpen ? "serves" : "muted", table.LeaseLeft is { } left ? Ms(left) : "needs none",
            null, null, null, null, null, null, table.AppliedVersion, null, null, null,
        ]));

    /// <summary><c>signal status</c>: lease, modules, timing and counters of this node's channel.</summary>
    public static JsonObject Status(SignalTable table) => CommandResult.Fields(
    [
        ("node", table.Self.ToString()),
        ("mute-switch", table.IsOpen ? "open" : "closed: this node neither serves nor sends"),
        ("lease-left-ms", table.LeaseLeft is { } left ? Ms(left) : "needs none"),
        ("modules", $"emitter {OnOff(table.Emitter)}, detector {OnOff(table.Detector)}, mute switch {OnOff(table.MuteSwitch)}"),
        ("blocked", table.IsBlocked),
        ("interval-ms", Ms(table.Timing.Interval)),
        ("lease-ms", Ms(table.Timing.Lease)),
        ("loss-after-ms", Ms(table.Timing.LossAfter)),
        ("view-applied", table.AppliedVersion),
        ("view-reported", table.ReportedVersion),
        ("real-time-thread", table.IsElevated),
        ("sent", table.Sent),
        ("send-failures", table.SendFailures),
        ("own-delays-found", table.Restarts),
        ("lost-and-silent", Names(table.OpenGates)),
        ("lost-perhaps-serving", Names(table.ClosedGates)),
        .. table.Drops.Select(drop => ($"dropped-{CommandWords.Of(drop.Key)}", (JsonNode?)drop.Value)),
    ]);

    private static JsonNode? Ms(TimeSpan? time) => time is { } value ? Math.Round(value.TotalMilliseconds, 1) : null;

    private static string? Names(IReadOnlyCollection<NodeKey> nodes) =>
        nodes.Count == 0 ? null : string.Join(' ', nodes.Select(node => node.Name));

    private static string OnOff(bool on) => on ? "on" : "off";
}
