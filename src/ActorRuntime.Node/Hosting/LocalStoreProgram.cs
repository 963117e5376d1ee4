using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorRuntime.Configuration;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local;
using ActorRuntime.Persistence.Local.Recovery;
using Spectre.Console;

namespace ActorRuntime.Node.Hosting;

/// <summary>The verbs <c>store check</c> and <c>store repair</c> from their options to their exit codes.</summary>
internal static class LocalStoreProgram
{
    private const int WidthMin = 160;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static int Check(LocalStoreRequest options, TextWriter output, TextWriter error)
    {
        try
        {
            var report = StoreCheck.Run(Local(options).Directory, new ProductionEnvironment());
            if (options.AsJson) output.WriteLine(Json(report).ToJsonString(Indented));
            else WriteTable(report, output);
            return report.IsDamaged ? ExitCode.Failed : ExitCode.Success;
        }
        catch (ConfigurationException e)
        {
            foreach (var breach in e.Errors) error.WriteLine(breach);
            return ExitCode.BadUsage;
        }
        catch (BlockStoreException e)
        {
            error.WriteLine(e.Message);
            return ExitCode.Failed;
        }
    }

    public static async Task<int> RepairAsync(LocalStoreRequest options, TextWriter output, TextWriter error)
    {
        try
        {
            var local = Local(options);
            if (!options.Cuts)
            {
                await error.WriteLineAsync($"Nothing was changed. --cut gives up all of {options.Log} from the damage on; `store check` shows where it is.")
                    .ConfigureAwait(false);
                return ExitCode.BadUsage;
            }
            var report = await StoreRepair.CutAsync(local, options.Log, new ProductionEnvironment()).ConfigureAwait(false);
            await output.WriteLineAsync(options.AsJson ? Json(report).ToJsonString(Indented) : Text(report)).ConfigureAwait(false);
            return ExitCode.Success;
        }
        catch (ConfigurationException e)
        {
            foreach (var breach in e.Errors) await error.WriteLineAsync(breach.ToString()).ConfigureAwait(false);
            return ExitCode.BadUsage;
        }
        catch (BlockStoreException e)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    private static LocalStoreOptions Local(LocalStoreRequest options)
    {
        if (options.Directory is { } directory) return new LocalStoreOptions { Directory = directory };
        var local = NodeConfiguration.Load(options.ConfigurationFile!).LocalStore;
        return local.Directory.Length > 0 ? local : throw new BlockStoreException(
            $"{options.ConfigurationFile} names no local store: neither actor-runtime.persistence.local.directory nor actor-runtime.cluster.data-dir.");
    }

    private static void WriteTable(StoreReport report, TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Math.Max(console.Profile.Width, WidthMin);
        var table = new Table().Border(TableBorder.Simple).AddColumns("log", "store id", "state");
        foreach (var number in new[] { "term", "start", "head", "durable", "acknowledged", "segments", "bytes", "opened" })
            table.AddColumn(new TableColumn(number).RightAligned());
        foreach (var log in report.Logs)
        {
            table.AddRow(
            [
                Markup.Escape(log.Name), log.State is { } state ? Hex(state.StoreId) : "", StateOf(log),
                Number(log.State?.Term), Number(log.Scan?.Start.Height), Number(log.Scan?.Head.Height), Number(log.Scan?.Durable),
                Number(log.State?.Acknowledged), Number(log.Scan?.Segments.Count), Number(log.Bytes), Number(log.State?.OpenCount),
            ]);
        }
        console.WriteLine($"{report.Directory}: {report.Logs.Count} logs, opened {report.OpenCount} times, last by {report.OpenedBy}");
        console.Write(table);
        foreach (var log in report.Logs.Where(log => log.Damage is not null))
        {
            console.WriteLine($"DAMAGED {log.Name}: {log.Damage}");
            if (log.Lost is var (first, last) && last >= first) console.WriteLine($"        blocks {first} to {last} cannot be believed any more");
        }
        foreach (var log in report.Logs.Where(log => log.Scan?.Tail is not null && log.Damage is null))
            console.WriteLine($"torn    {log.Name}: {log.Scan!.Tail}; the next start cuts it there");
        foreach (var other in report.Others) console.WriteLine($"no log  {other}");
    }

    private static string Text(RepairReport report)
    {
        var (first, last) = report.Before.Lost;
        var lost = report.Head is null ? "Nothing of it could be kept: the log is gone."
            : last >= first ? $"It ends at block {report.Head.Value.Height} now; blocks {first} to {last} are given up."
            : $"It ends at block {report.Head.Value.Height} now; no block above is known to have been there.";
        var id = report.Head is null ? "" : $"\nIts store id is {Hex(report.StoreId)}; other replicas treat it as a new log.";
        return $"{report.Before.Name} was cut at {report.Before.Damage}.\n{lost}{id}\nAll its files as they were: {report.Copy}";
    }

    private static JsonObject Json(StoreReport report) => new()
    {
        ["directory"] = report.Directory, ["opened"] = report.OpenCount, ["opened-by"] = report.OpenedBy, ["damaged"] = report.IsDamaged,
        ["logs"] = new JsonArray([.. report.Logs.Select(Json)]),
        ["others"] = new JsonArray([.. report.Others.Select(other => (JsonNode)other)]),
    };

    private static JsonObject Json(LogReport log) => new()
    {
        ["log"] = log.Name, ["folder"] = log.Folder, ["store-id"] = log.State is { } state ? Hex(state.StoreId) : null, ["state"] = StateOf(log),
        ["term"] = log.State?.Term, ["start"] = log.Scan?.Start.Height, ["head"] = log.Scan?.Head.Height, ["head-digest"] = log.Scan?.Head.Digest.ToString(),
        ["durable"] = log.Scan?.Durable, ["acknowledged"] = log.State?.Acknowledged, ["segments"] = log.Scan?.Segments.Count, ["bytes"] = log.Bytes,
        ["opened"] = log.State?.OpenCount, ["boot-id"] = log.State?.BootId, ["torn"] = Json(log.Damage is null ? log.Scan?.Tail : null),
        ["damage"] = Json(log.Damage),
    };

    private static JsonObject? Json(Damage? damage) => damage is null ? null : new()
    {
        ["file"] = damage.File, ["offset"] = damage.Offset, ["block"] = damage.Height, ["what"] = damage.What,
    };

    private static JsonObject Json(RepairReport report) => new()
    {
        ["log"] = report.Before.Name, ["cut-at"] = Json(report.Before.Damage), ["head"] = report.Head?.Height,
        ["lost-from"] = report.Before.Lost.Last >= report.Before.Lost.First ? report.Before.Lost.First : null,
        ["lost-to"] = report.Before.Lost.Last >= report.Before.Lost.First ? report.Before.Lost.Last : null,
        ["store-id"] = report.Head is null ? null : Hex(report.StoreId), ["copy"] = report.Copy,
    };

    private static string StateOf(LogReport log) => log switch
    {
        { IsRefused: true } => "newer format",
        { Damage: not null } => "damaged",
        { State.HasFailed: true } => "a flush failed",
        { State.IsClean: true } => "closed",
        _ => "not closed",
    };

    private static string Hex(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);

    private static string Number(long? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "";
}
