using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ActorRuntime.Persistence.Sql.Tests.Postgres;

/// <summary>A PostgreSQL server of a test's own, in a temporary directory, on a free port of this machine. Durable as a real one.</summary>
/// <remarks>As root it runs under the user <c>postgres</c>, which Debian's package makes: the server refuses to run as root.</remarks>
internal sealed class ThrowawayServer : IDisposable
{
    private const string Prefix = "actor-runtime-postgres-";
    private const string User = "postgres";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Before the others: they look at it when they are made.
    private static readonly string? Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").OrderBy(version => int.TryParse(Path.GetFileName(version), out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin")).LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
        : null;

    private readonly string _directory;

    private ThrowawayServer(string directory, int port) => (_directory, Port) = (directory, port);

    /// <summary>Why there can be no server on this machine; null when there can.</summary>
    public static string? WhyMissing { get; } = FindMissing();

    public int Port { get; }

    /// <summary>Of a superuser, by TCP.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username={User};Database=postgres";

    /// <summary>The server and its sessions, as they are now.</summary>
    public IReadOnlyList<int> ProcessIds => Processes(Data);

    private string Data => Path.Combine(_directory, "data");

    /// <summary>Makes a database cluster and starts it.</summary>
    public static ThrowawayServer Start()
    {
        var server = Make();
        Run("initdb", "-D", server.Data, "-A", "trust", "-U", User, "-E", "UTF8", "--locale=C", "--no-sync");
        server.Restart();
        return server;
    }

    /// <summary>Starts it; ready when this returns.</summary>
    /// <param name="settings">As in "max_connections=10"; instead of those of the last start.</param>
    public void Restart(params string[] settings)
    {
        string[] all = [$"port={Port}", "listen_addresses=127.0.0.1", "fsync=on", "max_connections=200", $"unix_socket_directories={_directory}", .. settings];
        var options = string.Join(' ', all.Select(setting => $"-c {setting}"));
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                Run("pg_ctl", "-D", Data, "-w", "-t", "60", "-l", Path.Combine(_directory, "log"), "-o", options, "start");
                return;
            }
            catch (InvalidOperationException) when (clock.Elapsed < Patience)
            {
                // After a kill its children may live a moment longer and hold the shared memory.
            }
        }
    }

    /// <summary>Ends sessions and stops; everything is written.</summary>
    public void Stop() => Run("pg_ctl", "-D", Data, "-w", "-m", "fast", "stop");

    /// <summary>kill -9 of the server; its sessions end at once, as after a crash.</summary>
    public void Kill() => Kill(Data);

    /// <summary>Starts a hot standby. From then on a commit waits for it: <see cref="WaitForSynchronousStandby"/>.</summary>
    public ThrowawayServer StartStandby()
    {
        var standby = Make();
        Run("pg_basebackup", "-D", standby.Data, "-d", $"host=127.0.0.1 port={Port} user={User}", "-R", "-c", "fast", "--no-sync");
        standby.Restart();
        return standby;
    }

    /// <summary>From when this returns on, what is acknowledged is on both servers.</summary>
    public void WaitForSynchronousStandby()
    {
        Run("psql", "-h", "127.0.0.1", "-p", $"{Port}", "-U", User, "-c", "alter system set synchronous_standby_names = '*'", "-c", "select pg_reload_conf()");
        var clock = Stopwatch.StartNew();
        while (!IsSynchronous())
        {
            if (clock.Elapsed > Patience) throw new TimeoutException("the standby does not follow");
        }

        bool IsSynchronous() =>
            Run("psql", "-At", "-h", "127.0.0.1", "-p", $"{Port}", "-U", User, "-c", "select sync_state from pg_stat_replication").Trim() == "sync";
    }

    /// <summary>Makes a standby the primary; it takes writes when this returns.</summary>
    public void Promote() => Run("pg_ctl", "-D", Data, "-w", "promote");

    /// <summary>Freezes the server and all its sessions, or lets them go on.</summary>
    public void Freeze(bool isFrozen)
    {
        foreach (var process in Processes(Data)) Run("kill", isFrozen ? "-STOP" : "-CONT", $"{process}");
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Remove(_directory);
    }

    /// <summary>Quick, because it also runs while the test process ends; the files go without us.</summary>
    private static void Remove(string directory)
    {
        Kill(Path.Combine(directory, "data"));
        Process.Start("rm", ["-rf", directory]).Dispose();
    }

    private static void Kill(string data)
    {
        var processes = Processes(data);
        foreach (var id in processes)
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It has ended by itself.
            }
        }
        var clock = Stopwatch.StartNew();
        while (processes.Any(IsAlive) && clock.Elapsed < Patience) Thread.Yield();
    }

    /// <summary>The server and its sessions; none when it does not run.</summary>
    private static List<int> Processes(string data)
    {
        var file = Path.Combine(data, "postmaster.pid");
        if (!File.Exists(file)) return [];
        var server = int.Parse(File.ReadLines(file).First(), CultureInfo.InvariantCulture);
        if (!IsAlive(server)) return [];
        var children = File.ReadAllText($"/proc/{server}/task/{server}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return [server, .. children.Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
    }

    /// <summary>A process that ended and that nobody has asked for its exit code is none.</summary>
    private static bool IsAlive(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1].StartsWith('Z');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static ThrowawayServer Make()
    {
        if (WhyMissing is { } why) throw new InvalidOperationException(why);
        RemoveLeftOver();
        var directory = Path.Combine(Path.GetTempPath(), $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():n}");
        Directory.CreateDirectory(directory);
        if (Environment.IsPrivilegedProcess) Run("chown", User, directory);
        var server = new ThrowawayServer(directory, FreePort());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        return server;
    }

    /// <summary>Servers of test runs that were killed.</summary>
    private static void RemoveLeftOver()
    {
        foreach (var directory in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            var owner = Path.GetFileName(directory)[Prefix.Length..].Split('-')[0];
            if (int.TryParse(owner, CultureInfo.InvariantCulture, out var id) && !Directory.Exists($"/proc/{id}")) Remove(directory);
        }
    }

    private static string? FindMissing()
    {
        if (!OperatingSystem.IsLinux()) return "PostgreSQL is started by these tests on Linux only";
        if (Programs is null) return "no PostgreSQL server under /usr/lib/postgresql (Debian: apt-get install postgresql)";
        return Environment.IsPrivilegedProcess && !File.ReadLines("/etc/passwd").Any(line => line.StartsWith(User + ':', StringComparison.Ordinal))
            ? $"there is no user {User} to run PostgreSQL as"
            : null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Run(string program, params string[] arguments)
    {
        var isServers = File.Exists(Path.Combine(Programs!, program));
        if (isServers) program = Path.Combine(Programs!, program);
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = "/" };
        if (isServers && Environment.IsPrivilegedProcess)
        {
            start.FileName = "setpriv";
            foreach (var word in (string[])[$"--reuid={User}", $"--regid={User}", "--clear-groups", program]) start.ArgumentList.Add(word);
        }
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Patience)) throw new TimeoutException($"{program} took more than {Patience}");
        // A server that pg_ctl started keeps the pipes open.
        if (program.EndsWith("pg_ctl", StringComparison.Ordinal) && process.ExitCode == 0) return "";
        Task.WaitAll([output, error], TimeSpan.FromSeconds(1));
        if (process.ExitCode == 0) return Text(output);
        throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {Text(error)} {Text(output)}");

        static string Text(Task<string> read) => read.IsCompletedSuccessfully ? read.Result : "";
    }
}
