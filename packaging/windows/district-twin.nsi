; The Windows installer. Built by packaging/windows/build.py:
;   makensis -DVERSION=0.1.0 -DFROZEN=dist\district-twin -DICON=district-twin.ico -DOUT=dist\District-Twin-0.1.0.exe district-twin.nsi
; For one user by default; `/AllUsers` (with rights) for every user; `/S` asks nothing; `/D=C:\folder` chooses the place.
; UNSIGNED builds are stopped by Windows' Smart App Control: give SIGN, a command with %1 for the file to sign.

Unicode true
ManifestDPIAware true
SetCompressor /SOLID lzma

!define NAME "District Twin"
!define ID "DistrictTwin"
!define TYPE "DistrictTwin.District"
!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_INSTALLMODE_DEFAULT_CURRENTUSER
!define MULTIUSER_INSTALLMODE_INSTDIR "${NAME}"
!define MULTIUSER_USE_PROGRAMFILES64
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "Software\${ID}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "Folder"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "Software\${ID}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "Folder"
!include MultiUser.nsh
!include MUI2.nsh
!include FileFunc.nsh
!include x64.nsh

Name "${NAME}"
OutFile "${OUT}"
BrandingText "${NAME} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

!ifdef SIGN
  !finalize '${SIGN}'
  !uninstfinalize '${SIGN}'
!endif

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} installer"
VIAddVersionKey "LegalCopyright" "MIT licence. Map data (c) OpenStreetMap contributors, ODbL 1.0."

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\District Twin.exe"

!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "SimpChinese"

!macro TellShell
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
!macroend

Function .onInit
  ${IfNot} ${RunningX64}
    MessageBox MB_ICONSTOP "${NAME} needs a 64-bit Windows." /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
  SetRegView 64
  !insertmacro MULTIUSER_INIT
FunctionEnd

Function un.onInit
  SetRegView 64
  !insertmacro MULTIUSER_UNINIT
FunctionEnd

Section "Program"
  ; An older version goes whole, so that no library of it stays beside the new ones. Only what was ours: the folder
  ; could be one that somebody chose with other things in it.
  ${If} ${FileExists} "$INSTDIR\twin.exe"
    RMDir /r "$INSTDIR\_internal"
  ${EndIf}
  SetOutPath "$INSTDIR"
  File /r "${FROZEN}/*.*"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\District Twin.exe" "" "$INSTDIR\District Twin.exe" 0

  WriteRegStr SHCTX "Software\${ID}" "Folder" "$INSTDIR"
  WriteRegStr SHCTX "Software\Classes\.twin" "" "${TYPE}"
  WriteRegStr SHCTX "Software\Classes\.twin" "Content Type" "application/vnd.district-twin+gpkg"
  WriteRegStr SHCTX "Software\Classes\.twin\OpenWithProgids" "${TYPE}" ""
  WriteRegStr SHCTX "Software\Classes\${TYPE}" "" "District Twin district"
  WriteRegStr SHCTX "Software\Classes\${TYPE}\DefaultIcon" "" "$INSTDIR\District Twin.exe,0"
  WriteRegStr SHCTX "Software\Classes\${TYPE}\shell\open\command" "" '"$INSTDIR\District Twin.exe" "%1"'

  !define ENTRY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${ID}"
  WriteRegStr SHCTX "${ENTRY}" "DisplayName" "${NAME}"
  WriteRegStr SHCTX "${ENTRY}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${ENTRY}" "Publisher" "The District Twin developers"
  WriteRegStr SHCTX "${ENTRY}" "DisplayIcon" "$INSTDIR\District Twin.exe,0"
  WriteRegStr SHCTX "${ENTRY}" "UninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${ENTRY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode /S'
  WriteRegDWORD SHCTX "${ENTRY}" "NoModify" 1
  WriteRegDWORD SHCTX "${ENTRY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD SHCTX "${ENTRY}" "EstimatedSize" "$0"
  !insertmacro TellShell
SectionEnd

Section "Uninstall"
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\twin.exe"
  Delete "$INSTDIR\District Twin.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"  ; only if empty: somebody's own files stay
  Delete "$SMPROGRAMS\${NAME}.lnk"

  ReadRegStr $0 SHCTX "Software\Classes\.twin" ""
  ${If} $0 == "${TYPE}"
    DeleteRegValue SHCTX "Software\Classes\.twin" ""
    DeleteRegValue SHCTX "Software\Classes\.twin" "Content Type"
  ${EndIf}
  DeleteRegValue SHCTX "Software\Classes\.twin\OpenWithProgids" "${TYPE}"
  DeleteRegKey /ifempty SHCTX "Software\Classes\.twin\OpenWithProgids"
  DeleteRegKey /ifempty SHCTX "Software\Classes\.twin"
  DeleteRegKey SHCTX "Software\Classes\${TYPE}"
  DeleteRegKey SHCTX "${ENTRY}"
  DeleteRegKey SHCTX "Software\${ID}"
  !insertmacro TellShell
SectionEnd
